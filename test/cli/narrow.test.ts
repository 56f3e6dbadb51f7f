import assert from 'node:assert/strict'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { Registry } from '../helpers/registry.ts'
import { grapevine, masked } from './command.ts'

const NAME = 'order-management-with-a-long-name'
const POD = 'order-management-7d9f8b6c5-x2x7k'

/** What people see on a terminal of 80 columns: names give way, numbers and states do not, sentences break between words. */
const GOLDEN: readonly (readonly [args: readonly string[], code: number, shown: string])[] = [
  [
    ['services', '--cluster', 'sc1', 'order'],
    0,
    `NAME                     APP   ENV      VERSIONS  CLUSTERS  INSTANCES  UP  STALE
order-management-with-…  shop  testing  1.0.0     sc1               1   1      0
`,
  ],
  [
    ['instances', '--service', NAME],
    0,
    `INSTANCE  SERVICE             VERSION  CLUSTER  STATUS  LEASE  HOLDER  ENDPOINTS
order-m…  order-management-…  1.0.0    sc1      UP         2m  n1      rest://1…
`,
  ],
  [
    ['find', NAME, '--app', 'shop', '--env', 'testing'],
    0,
    `INSTANCE   VERSION  CLUSTER  STATUS  HOST                              ENDPOINTS
order-ma…  1.0.0    sc1      UP      order-management-7d9f8b6c5-x2x7k  rest://1…
`,
  ],
  [
    ['why', NAME, '--env', 'production'],
    1,
    `NOT VISIBLE (other-environment)
It is registered in environment testing, and was asked for in environment
production.

  1. ok  order-management-with-a-long-name 1.0.0 (application shop, environment
         testing) was registered in cluster sc1 through this node (n1) at
         TIME by that node's clock
  2. NO  it is registered in environment testing, and was asked for in
         environment production

Next: Set the same environment on both sides: environments never mix.
`,
  ],
]

describe('the command line on a terminal of 80 columns', function () {
  this.timeout(60_000)
  let node: TestNode

  before(async () => {
    node = await startTestNode({}, {}, { name: 'n1' })
    const registry = new Registry(node.url)
    const service = { appId: 'shop', serviceName: NAME, version: '1.0.0', environment: 'testing', schemas: [] }
    const { serviceId } = await registry.call<{ serviceId: string }>('POST', '/microservices', { service })
    const endpoints = ['rest://10.20.30.40:8080?sslEnabled=true', 'highway://10.20.30.40:7070']
    await registry.instance(serviceId, { instanceId: POD, hostName: POD, endpoints })
  })
  after(() => node.close())

  for (const [args, code, shown] of GOLDEN) {
    it(args.slice(0, 1).join(' '), async () => {
      const ran = await grapevine(args, { env: { GRAPEVINE_ADDR: node.url, COLUMNS: '80' } })
      assert.deepEqual([ran.code, masked(ran.stdout)], [code, shown], ran.stderr)
      for (const line of ran.stdout.split('\n')) assert.ok(line.length <= 80, line)
    })
  }

  it('gives programs the whole of it', async () => {
    const { stdout } = await grapevine(['find', NAME, '--app', 'shop', '--env', 'testing', '-o', 'json'], {
      env: { GRAPEVINE_ADDR: node.url, COLUMNS: '80' },
    })
    assert.ok(stdout.includes('highway://10.20.30.40:7070'))
  })
})
