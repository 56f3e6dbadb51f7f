import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { EventPage, InstanceRow, Page, PeersView, ServiceRow } from '../../src/center/ports.ts'
import type { WhyReport } from '../../src/core/why/facts.ts'
import { VERSION } from '../../src/version.ts'
import { Fleet, type NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'
import { cells, grapevine, masked } from './command.ts'

describe('the command line against two clusters', function () {
  this.timeout(120_000)
  const fleet = new Fleet()
  let sc1: NodeProcess
  let sc2: NodeProcess
  let folder = ''
  let sid = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grapevine-cli-'))
    ;({ sc1, sc2 } = await fleet.twoClusters())
    const service = {
      appId: 'shop',
      serviceName: 'orders',
      version: '1.0.0',
      environment: 'testing',
      framework: { name: 'java-chassis', version: '2.8.3' },
      schemas: ['hello'],
    }
    sid = (await sc2.registry.call<{ serviceId: string }>('POST', '/microservices', { service })).serviceId
    await sc2.registry.instance(sid, { instanceId: 'i1', hostName: 'h1', endpoints: ['rest://10.0.0.1:8080'] })
    const schema = { schema: 'swagger: "2.0"\n', summary: 'abc' }
    await sc2.registry.call('PUT', `/microservices/${sid}/schemas/hello`, schema)
    await sc2.registry.call('POST', `/microservices/${sid}/tags`, { tags: { team: 'blue' } })
    await sc2.registry.service('idle')
    await until('sc1 knows it all', 10_000, async () => {
      const { stdout } = await grapevine(['services', '-o', 'json', '--addr', sc1.url])
      return (JSON.parse(stdout) as Page<ServiceRow>).total === 3
    })
    // Beats come once a second: until the first a peer counts as silent.
    await until('sc1 and sc2 hear each other', 10_000, async () => {
      const told = await Promise.all([sc1, sc2].map(({ url }) => grapevine(['status', '--addr', url])))
      return told.every(({ stdout }) => stdout.includes('1 up'))
    })
  })
  after(async () => {
    await fleet.close()
    await rm(folder, { recursive: true, force: true })
  })

  const at = (node: NodeProcess) => ({ env: { GRAPEVINE_ADDR: node.url } })
  const people = async (args: readonly string[], node = sc1): Promise<string> => {
    const { code, stdout, stderr } = await grapevine(args, at(node))
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const program = async <T>(args: readonly string[], node = sc1): Promise<T> =>
    JSON.parse(await people([...args, '-o', 'json'], node)) as T

  it('status', async () => {
    assert.equal(
      masked(await people(['status'])),
      `Node         sc1-a at http://HOST:PORT
Identity     NODE
Cluster      sc1 (CID)
Version      ${VERSION}
Ready        yes
Other nodes  1 up
Clusters     sc1 (1), sc2 (2)
Services     3
Instances    3, 3 UP, 0 stale
Problems     none
`,
    )
    const { ready, cluster, problems } = await program<Record<string, unknown>>(['status'])
    assert.deepEqual([ready, cluster, problems], [true, 'sc1', []])
  })

  it('services: for people, for programs, filtered, in YAML', async () => {
    assert.equal(
      await people(['services']),
      `NAME           APP      ENV         VERSIONS  CLUSTERS  INSTANCES  UP  STALE
SERVICECENTER  default  production  4.0.0     sc1,sc2           2   2      0
idle           default  -           1.0.0     sc2               0   0      0
orders         shop     testing     1.0.0     sc2               1   1      0
`,
    )
    const { total, rows } = await program<Page<ServiceRow>>(['services', 'ORD', '--cluster', 'sc2'])
    assert.deepEqual([total, rows[0]?.serviceName, rows[0]?.versions[0]?.serviceId], [1, 'orders', sid])
    const yaml = parse(await people(['services', '--state', 'none', '-o', 'yaml'])) as Page<ServiceRow>
    assert.deepEqual(
      yaml.rows.map(({ serviceName }) => serviceName),
      ['idle'],
    )
    const { stderr } = await grapevine(['services', '--limit', '1'], at(sc1))
    assert.equal(stderr, '1 of 3 shown\n')
  })

  it('fits a terminal of 80 columns', async () => {
    const narrow = { env: { GRAPEVINE_ADDR: sc1.url, COLUMNS: '80' } }
    for (const args of [['services'], ['instances'], ['peers'], ['get', 'svc'], ['get', 'inst']]) {
      const { stdout } = await grapevine(args, narrow)
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, `${args.join(' ')}: ${line.length}: ${line}`)
    }
  })

  it('instances', async () => {
    assert.deepEqual(cells(await people(['instances', '--service', 'orders'])), [
      ['INSTANCE', 'SERVICE', 'VERSION', 'CLUSTER', 'STATUS', 'LEASE', 'HOLDER', 'ENDPOINTS'],
      ['i1', 'orders', '1.0.0', 'sc2', 'UP', '(2m)', 'sc2-a', 'rest://10.0.0.1:8080'],
    ])
    const { rows } = await program<Page<InstanceRow>>(['instances', 'i1'], sc2)
    assert.ok((rows[0]?.leaseLeftMs ?? 0) > 60_000, 'its holder knows what is left')
    assert.equal((await program<Page<InstanceRow>>(['instances', '--no-global', '--service', 'orders'])).total, 0)
  })

  it('find: as an application, and with what to do when there is nothing', async () => {
    assert.deepEqual(cells(await people(['find', 'orders', '--app', 'shop', '--env', 'testing'])), [
      ['INSTANCE', 'VERSION', 'CLUSTER', 'STATUS', 'HOST', 'ENDPOINTS'],
      ['i1', '1.0.0', 'sc2', 'UP', 'h1', 'rest://10.0.0.1:8080'],
    ])
    const missing = await grapevine(['find', 'orders'], at(sc1))
    assert.deepEqual(
      [missing.code, missing.stdout, missing.stderr],
      [1, '', 'orders is not registered for this reader. Try: grapevine why orders\n'],
    )
  })

  it('why: yes is 0, no is 1, both in sentences', async () => {
    assert.equal(
      masked(await people(['why', 'orders', '--from', 'sc2'])),
      `VISIBLE
"orders" is visible at this node with 1 instance.

  1. ok  cluster sc2 is heard directly: node sc2-a; this node lacks 0 changes of it
  2. ok  orders 1.0.0 (application shop, environment testing) was registered in cluster sc2 through node sc2-a at TIME by that node's clock
  3. ok  instance i1 of cluster sc2 is UP, held by node sc2-a
`,
    )
    const no = await grapevine(['why', 'orders', '--env', 'production'], at(sc1))
    assert.equal(no.code, 1)
    assert.match(no.stdout, /^NOT VISIBLE \(other-environment\)\n/)
    assert.match(no.stdout, /\nNext: Set the same environment on both sides/)
    const asked = await grapevine(['why', 'ordes', '-o', 'json'], at(sc1))
    assert.deepEqual([asked.code, (JSON.parse(asked.stdout) as WhyReport).next], [1, 'Did you mean "orders"?'])
  })

  it('peers', async () => {
    const [head, ...rows] = cells(await people(['peers']))
    assert.deepEqual(head, [
      'NODE',
      'CLUSTER',
      'STATE',
      'LINK',
      'BEHIND',
      'LACKS OURS',
      'CLOCK',
      'PROBE',
      'LEASES',
      'VERSION',
    ])
    assert.deepEqual(
      rows.map(row => row.slice(0, 7)),
      [
        ['sc1-a', 'sc1', 'self', '-', '-', '-', '-'],
        ['sc2-a', 'sc2', 'up', 'direct', '0', '0', '-'],
      ],
    )
    const { addresses, peers } = await program<PeersView>(['peers'])
    assert.deepEqual([addresses[0]?.state, peers.length], ['connected', 2])
  })

  it('events', async () => {
    const lines = masked(await people(['events', '--service', 'orders']))
      .trimEnd()
      .split('\n')
    assert.deepEqual(lines, [
      'TIME service-registered    sc2 orders 1.0.0',
      'TIME instance-registered   sc2 orders 1.0.0 i1',
    ])
    const { events } = await program<EventPage>(['events', '--kind', 'peer-connected'])
    assert.equal(events.length, 1)
  })

  it('dump and restore: services, contracts, tags and ids survive', async () => {
    const file = join(folder, 'backup.json')
    const saved = await grapevine(['dump', file, '--instances'], at(sc2))
    assert.equal(saved.code, 0, saved.stderr)
    assert.match(saved.stderr, /^\d services of cluster sc2 saved\n$/)
    const place = await fleet.place()
    const empty = await fleet.node({ place, name: 'fresh', cluster: 'sc9' }).ready()
    assert.match(await people(['restore', file, '--dry-run'], empty), /would be restored/)
    assert.match(
      await people(['restore', file, '--instances'], empty),
      /^(\d) of \1 services of sc2, saved at .*, restored\n$/,
    )
    const { rows } = await program<Page<ServiceRow>>(['services', 'orders'], empty)
    assert.deepEqual([rows[0]?.versions[0]?.serviceId, rows[0]?.instances], [sid, 1])
    assert.equal(await people(['get', 'schema', '--name', 'orders'], empty), '---\nswagger: "2.0"\n')
    const { tags } = await empty.registry.call<{ tags: unknown }>('GET', `/microservices/${sid}/tags`)
    assert.deepEqual(tags, { team: 'blue' })
    const raw = JSON.parse(await people(['dump', '--raw'], sc2)) as { cache: Record<string, unknown> }
    assert.ok('services' in raw.cache)
    const other = join(folder, 'other.json')
    await writeFile(other, '{"cache":{}}')
    const wrong = await grapevine(['restore', other], at(sc1))
    assert.deepEqual([wrong.code, wrong.stderr.split('\n')[0]], [2, `grapevine: ${other} is no backup`])
  })

  it('get: the reference’s lists', async () => {
    assert.deepEqual(
      cells(await people(['get', 'svc']))
        .filter(row => row[0] === 'NAME' || row[0] === 'orders')
        .map(row => row.slice(0, 5)),
      [
        ['NAME', 'APPID', 'VERSIONS', 'ENV', 'FRAMEWORK'],
        ['orders', 'shop', '1.0.0', 'testing', 'java-chassis:2.8.3'],
      ],
    )
    assert.deepEqual(cells(await people(['get', 'inst', '-o', 'wide']))[0], [
      'DOMAIN',
      'HOST',
      'ENDPOINTS',
      'VERSION',
      'SERVICE',
      'APPID',
      'ENV',
      'FRAMEWORK',
      'LEASE',
      'AGE',
    ])
    assert.deepEqual(cells(await people(['get', 'cluster'])), [
      ['CLUSTER', 'ENDPOINTS'],
      ['sc1', 'http://HOST:PORT'],
      ['sc2', 'http://HOST:PORT'],
    ])
    assert.deepEqual(cells(await people(['get', 'svc', '-d', 'nobody'])), [
      ['NAME', 'APPID', 'VERSIONS', 'ENV', 'FRAMEWORK', 'AGE'],
    ])
    const saved = await grapevine(['get', 'schema', '-s', folder, '--app', 'shop', '--version', '1.0.0'], at(sc1))
    assert.equal(saved.stderr, '1 schemas of 1 services saved\n')
    const file = join(folder, 'schemas', 'testing', 'shop', 'orders.v1.0.0', 'hello.yaml')
    assert.equal(await readFile(file, 'utf8'), 'swagger: "2.0"\n')
    assert.deepEqual(await readdir(join(folder, 'schemas')), ['testing'])
  })

  it('health and diagnose', async () => {
    assert.match(await people(['health']), /^healthy: http/)
    assert.equal(
      masked(await people(['diagnose', '--etcd-addr', 'http://127.0.0.1:2379'])),
      'Compared with sc2-a.\nNothing is wrong.\n',
    )
    const down = await grapevine(['health', '--addr', '127.0.0.1:1'])
    assert.equal(down.code, 2)
  })

  it('says what to try, and ends with the code for it', async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['services', '--addr', 'http://127.0.0.1:1'], 3, /refuses connections\nIs a node running there\?/],
      [['services', '--addr', 'http://nobody.invalid'], 3, /cannot be resolved\nCheck the host name/],
      [['services', '--addr', 'ftp://x'], 2, /is no address\nSay --addr/],
      [['services', '-o', 'xml'], 2, /no such format\nSay table, wide, json, yaml/],
      [['services', '--timeout', 'soon'], 2, /is no duration\nSay 10s/],
      [['services', '--state', 'GONE'], 2, /Allowed choices are UP/],
      [['nothing'], 2, /unknown command 'nothing'/],
      [['peers', 'retire', 'sc2'], 2, /nobody is there to confirm\nRetiring sc2 ends the leases/],
      [['peers', 'retire', 'sc2', '--yes'], 4, /was heard .* ago: stop it first/],
      [['peers', 'retire', 'sc7', '--undo'], 4, /no node or cluster sc7 is retired/],
      [['events', '--kind', 'birth'], 4, /parameter kind: birth is none of/],
    ]
    for (const [args, code, text] of cases) {
      const ran = await grapevine(args, args.includes('--addr') ? {} : at(sc1))
      assert.deepEqual([args.join(' '), ran.code], [args.join(' '), code], ran.stderr)
      assert.match(ran.stderr, text)
      assert.equal(ran.stdout, '')
    }
  })

  it('tries one address after another', async () => {
    const { code, stderr } = await grapevine(['status', '-v', '--addr', 'http://127.0.0.1:1', '--addr', sc1.url])
    assert.equal(code, 0)
    assert.match(stderr, /GET http:\/\/127\.0\.0\.1:1.*ECONNREFUSED/)
  })
})
