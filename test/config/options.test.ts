import assert from 'node:assert/strict'
import {
  envOf,
  flagOf,
  httpAddressOf,
  OPTIONS,
  type Option,
  type OptionName,
  resolveOptions,
} from '../../src/config.ts'

type Raw = Readonly<Record<string, string>>

const NOTHING = { flags: new Map<string, string>(), env: {}, file: new Map<string, string>() }

const byFlag = (flags: Raw) => resolveOptions({ ...NOTHING, flags: new Map(Object.entries(flags)) })
const byEnv = (env: Raw) => resolveOptions({ ...NOTHING, env })
const byFile = (file: Raw) => resolveOptions({ ...NOTHING, file: new Map(Object.entries(file)) })

const all = Object.entries(OPTIONS) as [OptionName, Option<unknown>][]

/** What stands for a value of which any text is one. */
const OPEN = ['NAME', 'FILE', 'DIR', 'HOST', 'PASSWORD', 'NAME[,NAME…]', 'ORIGIN[,ORIGIN…]']

describe('options', () => {
  it('have defaults that need nothing', () => {
    const resolved = byFlag({})
    for (const [name, { fallback }] of all) assert.deepEqual(resolved.values[name], fallback, name)
    assert.deepEqual(httpAddressOf(resolved), { host: '127.0.0.1', port: 30_100 })
  })

  it('have a flag, a variable and a key that no other has', () => {
    const names = all.flatMap(([, { key, keys, envs }]) => [flagOf(key), envOf(key), key, ...keys, ...envs])
    assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted())
  })

  it('have the names that were promised', () => {
    const promised = [
      'cluster',
      'node',
      'data',
      'http',
      'gossip',
      'advertise',
      'peers',
      'clusters',
      'mesh-key',
      'allow',
    ]
    const flags = new Set(all.map(([, { key }]) => flagOf(key)))
    for (const name of [...promised, 'log-level', 'log-format']) {
      assert.ok(flags.has(`--${name}`), name)
      const variable = `GRAPEVINE_${name.toUpperCase().replaceAll('-', '_')}`
      assert.ok(
        all.some(([, { key }]) => envOf(key) === variable),
        variable,
      )
    }
  })

  it('say in one line which value is wrong and what is allowed, whatever the option', () => {
    const bad = '/!?'
    for (const [name, option] of all) {
      if (OPEN.includes(option.value) && name !== 'cluster' && name !== 'meshKey') continue
      const said = `${flagOf(option.key)}: "${bad}" is not allowed; `
      assert.throws(
        () => byFlag({ [flagOf(option.key)]: bad }),
        ({ message }: Error) => message.startsWith(said) && message.includes('llowed is ') && !message.includes('\n'),
        name,
      )
    }
  })

  it('never tell a secret', () => {
    const [name] = all.find(([, { secret }]) => secret) ?? []
    assert.equal(name, 'rootPassword')
    const message = /^(?!.*s3cret).*\(hidden\).*contradict/
    assert.throws(() => byEnv({ SC_INIT_ROOT_PASSWORD: 's3cret-1', RBAC_ROOTPASSWORD: 's3cret-2' }), { message })
  })

  it('escape a value that would not stay on its line', () => {
    assert.throws(() => byEnv({ GRAPEVINE_SYNC: 'group\nrelaxed' }), /GRAPEVINE_SYNC: "group\\nrelaxed" is not allowed/)
  })

  const READ: readonly [flags: Raw, name: OptionName, value: unknown][] = [
    [{ '--cluster': 'sc1' }, 'cluster', 'sc1'],
    [{ '--http': '[::1]:0' }, 'http', { host: '::1', port: 0 }],
    [{ '--http': 'localhost:65535' }, 'http', { host: 'localhost', port: 65_535 }],
    [
      { '--gossip': '/ip4/0.0.0.0/tcp/30190,/ip6/::/tcp/30190' },
      'gossip',
      ['/ip4/0.0.0.0/tcp/30190', '/ip6/::/tcp/30190'],
    ],
    [{ '--advertise': '/dns4/sc1.example/tcp/1' }, 'advertise', ['/dns4/sc1.example/tcp/1']],
    [{ '--peers': 'http://a:1' }, 'peers', [{ kind: 'http', url: 'http://a:1' }]],
    [{ '--clusters': '' }, 'clusters', []],
    [{ '--clusters': 'b=http://b:1' }, 'clusters', [{ name: 'b', addresses: [{ kind: 'http', url: 'http://b:1' }] }]],
    [{ '--start-alone': '0' }, 'startAloneMs', 0],
    [{ '--start-alone': '1m30s' }, 'startAloneMs', 90_000],
    [{ '--instance-min-interval': '1500ms' }, 'minIntervalMs', 1_500],
    [{ '--instance-min-interval': '7' }, 'minIntervalMs', 7_000],
    [{ '--registry-self-register': 'off' }, 'selfRegister', false],
    [{ '--sync': 'relaxed' }, 'sync', 'relaxed'],
    [{ '--log-level': 'WARN' }, 'logLevel', 'warn'],
    [{ '--quota-services': '0' }, 'quotaServices', 0],
    [{ '--instance-properties': 'a=1, b = 2' }, 'instanceProperties', { a: '1', b: '2' }],
  ]
  for (const [flags, name, value] of READ) {
    it(`read ${JSON.stringify(flags)}`, () => assert.deepEqual(byFlag(flags).values[name], value))
  }

  const REFUSED: readonly [flags: Raw, message: RegExp][] = [
    [
      { '--cluster': 'sc2=http://a:1' },
      /^--cluster: "sc2=http:\/\/a:1" is not allowed; did you mean --clusters\? \(allowed is a name without/,
    ],
    [{ '--cluster': 'a,b' }, /did you mean --clusters/],
    [{ '--cluster': 'a/b' }, /did you mean --clusters/],
    [{ '--cluster': 'a b' }, /may not contain/],
    [{ '--cluster': '' }, /"" is not allowed/],
    [{ '--data': '' }, /^--data: "" is not allowed; it is empty/],
    [{ '--http': '30100' }, /allowed is HOST:PORT/],
    [{ '--http': '127.0.0.1:65536' }, /allowed is HOST:PORT/],
    [{ '--http': '::1:80' }, /allowed is HOST:PORT/],
    [{ '--http-port': '-1' }, /a port from 0 to 65535/],
    [{ '--gossip': '/ip4/0.0.0.0/udp/1' }, /cannot be dialled/],
    [{ '--clusters': 'http://a:1' }, /has no cluster name before it/],
    [{ '--mesh-key': '/nowhere/key' }, /it cannot be read \(ENOENT\).*grapevine key/],
    [{ '--instance-min-interval': '10ms' }, /from 1s to 1h/],
    [{ '--instance-min-interval': '-5s' }, /from 1s to 1h/],
    [{ '--quota-services': '1.5' }, /a whole number from 0 to/],
    [{ '--registry-kind': 'etcd' }, /etcd is not used: every node keeps the registry itself/],
    [{ '--registry-kind': 'embedded_etcd' }, /embedded_etcd is not used/],
    [{ '--registry-kind': 'embeded_etcd' }, /embeded_etcd is not used/],
    [{ '--registry-kind': 'mongo' }, /mongo is not used/],
    [{ '--discovery-aggregate': 'k8s,consul' }, /allowed is k8s,servicecenter/],
    [{ '--unreachable': 'forget' }, /allowed is keep \| mark \| hide/],
  ]
  for (const [flags, message] of REFUSED) {
    it(`refuse ${JSON.stringify(flags)}`, () => assert.throws(() => byFlag(flags), { name: 'ConfigError', message }))
  }
})

describe('several names of one option', () => {
  it('count by level: the flag, then the environment, then the file', () => {
    const flags = new Map([['--cluster', 'flag']])
    const env = { GRAPEVINE_CLUSTER: 'environment' }
    const file = new Map([['cluster', 'file']])
    assert.equal(resolveOptions({ flags, env, file }).values.cluster, 'flag')
    assert.equal(resolveOptions({ ...NOTHING, env, file }).values.cluster, 'environment')
    assert.equal(resolveOptions({ ...NOTHING, file }).values.cluster, 'file')
  })

  it('may say the same, even in other words', () => {
    assert.equal(byEnv({ INSTANCE_TTL: '60', GRAPEVINE_INSTANCE_TTL: '1m' }).values.leaseMs, 60_000)
  })

  it('end the start when they contradict each other at one level', () => {
    const contradictions: readonly [Raw, RegExp][] = [
      [
        { GRAPEVINE_CLUSTER: 'a', REGISTRY_ETCD_CLUSTER_NAME: 'b' },
        /^GRAPEVINE_CLUSTER="a" and REGISTRY_ETCD_CLUSTER_NAME="b" contradict/,
      ],
      [
        { GRAPEVINE_HTTP: '127.0.0.1:1', SERVER_PORT: '2' },
        /^GRAPEVINE_HTTP="127.0.0.1:1" and SERVER_PORT="2" contradict/,
      ],
      [{ GRAPEVINE_HTTP: '127.0.0.1:1', SERVER_HOST: '::1' }, /contradict/],
      [{ SERVER_HOST: 'a', GRAPEVINE_HTTP_HOST: 'b' }, /contradict/],
    ]
    for (const [env, message] of contradictions) assert.throws(() => byEnv(env), { name: 'ConfigError', message })
    assert.throws(() => byFile({ 'server.port': '1', httpport: '2' }), /server.port="1" and httpport="2" contradict/)
  })

  it('share the HTTP address between its halves, level by level', () => {
    const address = (env: Raw, flags: Raw = {}) =>
      httpAddressOf(resolveOptions({ ...NOTHING, env, flags: new Map(Object.entries(flags)) }))
    assert.deepEqual(address({ SERVER_PORT: '1' }), { host: '127.0.0.1', port: 1 })
    assert.deepEqual(address({ SERVER_PORT: '1', GRAPEVINE_HTTP: '127.0.0.1:1' }), { host: '127.0.0.1', port: 1 })
    assert.deepEqual(address({ SERVER_PORT: '1', SERVER_HOST: '0.0.0.0' }, { '--http': 'a:2' }), { host: 'a', port: 2 })
    assert.deepEqual(address({ GRAPEVINE_HTTP: 'a:2' }, { '--http-port': '3' }), { host: 'a', port: 3 })
  })

  it('count as not set when they are empty, except where empty means something', () => {
    assert.equal(byEnv({ GRAPEVINE_CLUSTER: '', REGISTRY_KIND: '' }).values.cluster, undefined)
    assert.deepEqual(byFile({ manager_cluster: '', 'log.level': '' }).values.clusters, [])
    assert.equal(byFile({ 'quota.kind': '' }).values.quotaKind, '')
  })
})

describe('a name that no option has', () => {
  it('ends the start in a file, with the name that was probably meant', () => {
    assert.throws(
      () => byFile({ clutser: 'a' }),
      /^ConfigError: clutser in the configuration file.*did you mean cluster\?/,
    )
    assert.throws(() => byFile({ 'instance.minInterva': '5s' }), /did you mean instance\.minInterval\?/)
    assert.throws(() => byFile({ somethingelse: '1' }), /docs\/operations\.md lists all/)
  })

  it('ends the start wherever it is about who may do what', () => {
    assert.throws(() => byFile({ 'rbac.enabel': 'true' }), /did you mean rbac\.enable\?/)
    assert.throws(() => byFile({ 'ssl.verifyclients': '1' }), /there is no such option/)
    assert.deepEqual(byFile({ 'rbac.publicKeyFile': 'x', 'ssl.ciphers': 'x' }).withoutEffect.length, 2)
  })

  it("is told and passed over where the original's files have it", () => {
    const { withoutEffect } = byFile({
      'registry.cache.mode': '1',
      'server.idle.timeout': '60s',
      enable_pprof: '1',
      cluster: 'a',
    })
    assert.deepEqual(withoutEffect, ['registry.cache.mode', 'server.idle.timeout', 'enable_pprof'])
  })

  it('is told in the environment, unless Kubernetes has put it there', () => {
    const { slips } = byEnv({
      GRAPEVINE_CLUTSER: 'a',
      GRAPEVINE_PORT: 'tcp://10.0.0.1:30100',
      GRAPEVINE_SERVICE_HOST: '10.0.0.1',
      GRAPEVINE_PORT_30100_TCP_ADDR: '10.0.0.1',
      GRAPEVINE_CONFIG: 'x.yaml',
    })
    assert.deepEqual(slips, ['GRAPEVINE_CLUTSER in the environment has no effect: did you mean GRAPEVINE_CLUSTER?'])
  })
})
