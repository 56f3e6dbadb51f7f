import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { httpAddressOf, type OptionName, type Resolved, readConfigFile, resolveOptions } from '../../src/config.ts'

const CLUSTERS = [{ name: 'sc2', addresses: [{ kind: 'http', url: 'http://10.12.0.2:30100' }] }]
const LIST = 'sc2=http://10.12.0.2:30100'

/** Service Center's keys of app.yaml, each of them also an upper-case variable. */
const YAML_KEYS: readonly [key: string, raw: string, option: OptionName, value: unknown][] = [
  ['server.host', '0.0.0.0', 'httpHost', '0.0.0.0'],
  ['server.port', '31100', 'httpPort', 31_100],
  ['server.request.maxBodyBytes', '4096', 'bodyBytesMax', 4_096],
  ['server.request.maxHeaderBytes', '16384', 'headerBytesMax', 16_384],
  ['registry.kind', 'buildin', 'registryKind', 'buildin'],
  ['registry.selfRegister', '0', 'selfRegister', false],
  ['registry.etcd.cluster.name', 'sc-0', 'cluster', 'sc-0'],
  ['registry.etcd.cluster.endpoints', LIST, 'clusters', CLUSTERS],
  ['registry.instance.ttl', '60s', 'leaseMs', 60_000],
  ['registry.instance.minInterval', '10s', 'minIntervalMs', 10_000],
  ['registry.instance.properties', 'zone=a', 'instanceProperties', { zone: 'a' }],
  ['registry.schema.disable', 'true', 'schemaDisable', true],
  ['registry.service.globalVisible', 'Config,Audit', 'globalVisible', ['Config', 'Audit']],
  ['discovery.kind', 'aggregate', 'discoveryKind', 'aggregate'],
  ['discovery.clusters', LIST, 'clusters', CLUSTERS],
  ['discovery.aggregate', 'k8s,servicecenter', 'aggregate', ['k8s', 'servicecenter']],
  ['discovery.aggregate.mode', 'k8s', 'aggregate', ['k8s']],
  ['quota.kind', 'unlimit', 'quotaKind', 'unlimit'],
  ['quota.cap.service.limit', '3', 'quotaServices', 3],
  ['quota.cap.instance.limit', '3', 'quotaInstances', 3],
  ['quota.cap.schema.limit', '3', 'quotaSchemas', 3],
  ['quota.cap.tag.limit', '3', 'quotaTags', 3],
  ['quota.cap.account.limit', '3', 'quotaAccounts', 3],
  ['quota.cap.role.limit', '3', 'quotaRoles', 3],
  ['log.level', 'DEBUG', 'logLevel', 'debug'],
  ['log.format', 'text', 'logFormat', 'text'],
  ['ssl.mode', '0', 'sslMode', false],
  ['ssl.enable', 'true', 'sslMode', true],
  ['ssl.verifyClient', '1', 'sslVerifyClient', true],
  ['ssl.minVersion', 'TLSv1.2', 'sslMinVersion', 'TLSv1.2'],
  ['rbac.enable', 'true', 'rbacEnabled', true],
  ['rbac.privateKeyFile', './private.key', 'privateKeyFile', './private.key'],
  ['rbac.scope', 'service,ops', 'rbacScope', ['service', 'ops']],
  ['rbac.releaseLockAfter', '3s', 'releaseAfterMs', 3_000],
  ['rbac.retainLockHistoryFor', '20m', 'retainMs', 1_200_000],
  ['gov.kie.endpoint', 'http://127.0.0.1:30110', 'kieEndpoint', 'http://127.0.0.1:30110'],
]

const APP_CONF: readonly [line: string, option: OptionName, value: unknown][] = [
  ['httpaddr = 0.0.0.0', 'httpHost', '0.0.0.0'],
  ['httpport = 31100', 'httpPort', 31_100],
  ['registry_plugin = buildin', 'registryKind', 'buildin'],
  ['discovery_plugin = aggregate', 'discoveryKind', 'aggregate'],
  [`manager_cluster = "${LIST}"`, 'clusters', CLUSTERS],
  ['manager_name = "sc-0"', 'cluster', 'sc-0'],
  ['aggregate_mode = "k8s,servicecenter"', 'aggregate', ['k8s', 'servicecenter']],
  ['self_register = 0', 'selfRegister', false],
  ['loglevel = WARN', 'logLevel', 'warn'],
  ['log_format = text', 'logFormat', 'text'],
  ['max_body_bytes = 4096', 'bodyBytesMax', 4_096],
  ['ssl_mode = 1', 'sslMode', true],
  ['rbac_enabled = true', 'rbacEnabled', true],
  ['rbac_rsa_private_key_file = ./private.key', 'privateKeyFile', './private.key'],
  ['quota_plugin = ""', 'quotaKind', ''],
]

const VARIABLES: readonly [name: string, raw: string, option: OptionName, value: unknown][] = [
  ['QUOTA_SERVICE', '3', 'quotaServices', 3],
  ['QUOTA_INSTANCE', '3', 'quotaInstances', 3],
  ['QUOTA_SCHEMA', '3', 'quotaSchemas', 3],
  ['QUOTA_TAG', '3', 'quotaTags', 3],
  ['QUOTA_ACCOUNT', '3', 'quotaAccounts', 3],
  ['QUOTA_ROLE', '3', 'quotaRoles', 3],
  ['INSTANCE_TTL', '90', 'leaseMs', 90_000],
  ['SCHEMA_DISABLE', 'true', 'schemaDisable', true],
  ['SSL_ROOT', '/opt/ssl', 'sslDir', '/opt/ssl'],
  ['SC_INIT_ROOT_PASSWORD', 'secret', 'rootPassword', 'secret'],
  ['CSE_SHARED_SERVICES', 'Config', 'globalVisible', ['Config']],
]

describe("the original's names", () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'grapevine-config-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function fromFile(name: string, text: string, env: Readonly<Record<string, string>> = {}): Resolved {
    const path = join(folder, name)
    writeFileSync(path, text)
    return resolveOptions({ flags: new Map(), env: {}, file: readConfigFile(path, env) })
  }

  for (const [key, raw, option, value] of YAML_KEYS) {
    it(`${key} in YAML, nested`, () => {
      const lines = key.split('.').map((part, depth) => `${'  '.repeat(depth)}${part}:`)
      assert.deepEqual(fromFile('app.yaml', `${lines.join('\n')} ${JSON.stringify(raw)}\n`).values[option], value)
    })

    it(`${key} in the environment`, () => {
      const env = { [key.replaceAll('.', '_').toUpperCase()]: raw }
      assert.deepEqual(resolveOptions({ flags: new Map(), env, file: new Map() }).values[option], value)
    })
  }

  for (const [line, option, value] of APP_CONF) {
    it(`${line} in app.conf`, () => assert.deepEqual(fromFile('app.conf', `${line}\n`).values[option], value))
  }

  for (const [name, raw, option, value] of VARIABLES) {
    it(`${name} in the environment`, () => {
      const resolved = resolveOptions({ flags: new Map(), env: { [name]: raw }, file: new Map() })
      assert.deepEqual(resolved.values[option], value)
    })
  }

  it('in the file that its chart writes', () => {
    const text = `httpaddr = \${HOSTNAME}
httpport = 30100
discovery_plugin = aggregate
registry_plugin = buildin
self_register = 0
manager_cluster = "${LIST}"
ssl_mode = 0
enable_pprof = 1
`
    const resolved = fromFile('chart.conf', text, { HOSTNAME: 'sc-0' })
    assert.deepEqual(httpAddressOf(resolved), { host: 'sc-0', port: 30_100 })
    assert.deepEqual(resolved.values.clusters, CLUSTERS)
    assert.deepEqual(resolved.withoutEffect, ['enable_pprof'])
  })

  it('with sections, of which the run mode chooses one', () => {
    const text = (mode: string) =>
      `runmode = ${mode}\n# comment\n[prod]\nloglevel = INFO\n;comment\n[dev]\nloglevel = DEBUG\n`
    assert.equal(fromFile('a.conf', text('prod')).values.logLevel, 'info')
    assert.equal(fromFile('a.conf', text('dev')).values.logLevel, 'debug')
    assert.equal(fromFile('a.conf', `httpaddr = \${NONE||::1}\n`).values.httpHost, '::1')
  })

  it('are refused where they ask for what there is not', () => {
    assert.throws(
      () => fromFile('a.conf', 'registry_plugin = embeded_etcd\n'),
      /^ConfigError: registry_plugin \(--registry-kind\): "embeded_etcd" is not allowed; embeded_etcd is not used/,
    )
    assert.throws(() => fromFile('a.yaml', 'registry:\n  kind: mongo\n'), /^ConfigError: registry\.kind: "mongo"/)
  })

  it('may be lists, and absent where nothing is said', () => {
    const { values } = fromFile(
      'a.yml',
      `clusters:\n  - ${LIST}\n  - http://10.12.0.3:30100\nregistry:\n  instance:\n    ttl:\n`,
    )
    assert.equal(values.clusters[0]?.addresses.length, 2)
    assert.equal(values.leaseMs, 0)
  })

  it('stand in a file that can be read, or the start ends', () => {
    assert.throws(
      () => readConfigFile(join(folder, 'none.yaml')),
      /--config .*none\.yaml: it cannot be read \(ENOENT\)/,
    )
    assert.throws(() => fromFile('a.toml', ''), /allowed is a file that ends in \.yaml, \.yml or \.conf/)
    assert.throws(() => fromFile('a.yaml', 'a: [\n'), /it is no YAML/)
    assert.throws(() => fromFile('a.yaml', 'just text\n'), /it is no YAML with keys/)
    assert.throws(
      () => fromFile('a.conf', 'httpport 30100\n'),
      /line 1: "httpport 30100" is no line of the form key = value/,
    )
  })
})
