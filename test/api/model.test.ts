import assert from 'node:assert/strict'
import fc from 'fast-check'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { WireClient } from '../helpers/wire-client.ts'

const STEPS = 80
/** A failure prints its seed: `FUZZ_SEED=1 mocha test/api/model.test.ts` takes the same steps again. */
const RUNS_USUALLY = 12
/** A step and the look at what it did take some six requests. */
const RUNS =
  process.env.FUZZ_REQUESTS === undefined ? RUNS_USUALLY : Math.ceil(Number(process.env.FUZZ_REQUESTS) / STEPS / 6)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const ANSWER_DEADLINE_MS = 60_000
const REGISTRY = '/v4/default/registry'

interface ModelInstance {
  status: string
  properties: Readonly<Record<string, string>>
}

interface ModelService {
  readonly id: string
  readonly name: string
  properties: Readonly<Record<string, string>>
  tags: Readonly<Record<string, string>>
  readonly instances: Map<string, ModelInstance>
}

type Step = readonly [kind: (typeof KINDS)[number], name: string, instance: string, value: string]

const KINDS = [
  'register',
  'register',
  'delete',
  'force',
  'properties',
  'tags',
  'untag',
  'instance',
  'instance',
  'instance',
  'unregister',
  'status',
  'instanceProperties',
  'heartbeat',
] as const

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...KINDS),
  fc.constantFrom('a', 'b', 'c'),
  fc.constantFrom('i', 'j', 'k'),
  fc.constantFrom('UP', 'DOWN', 'TESTING'),
)

/** What a registry is, in a few lines: the node must agree with it after each step. */
class Model {
  readonly services = new Map<string, ModelService>()
  readonly #client: WireClient
  readonly #prefix: string

  constructor(client: WireClient, prefix: string) {
    this.#client = client
    this.#prefix = prefix
  }

  async #send(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const { status, text } = await this.#client.send({ method, target: REGISTRY + path, headers: {}, body: sent })
    return { status, json: text === '' ? undefined : JSON.parse(text) }
  }

  async #expect(code: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, json } = await this.#send(method, path, body)
    const answered = status === 200 ? '' : (json as { errorCode: string }).errorCode
    assert.equal(answered, code, `${method} ${path}`)
    return json
  }

  async take([kind, short, instanceId, value]: Step): Promise<void> {
    const name = `${this.#prefix}-${short}`
    const service = this.services.get(name)
    if (kind === 'register') return this.#register(name, value)
    const id = service?.id ?? 'nobody'
    const instances = service?.instances
    const path = `/microservices/${id}`
    const one = `${path}/instances/${instanceId}`
    const instance = instances?.get(instanceId)
    const noService = service === undefined ? '400012' : ''
    const noInstance = instance === undefined ? '400017' : ''
    switch (kind) {
      case 'delete': {
        const code = service === undefined ? '400012' : service.instances.size > 0 ? '400013' : ''
        await this.#expect(code, 'DELETE', path)
        if (code === '') this.services.delete(name)
        return
      }
      case 'force':
        await this.#expect(noService, 'DELETE', `${path}?force=1`)
        return void this.services.delete(name)
      case 'properties':
        await this.#expect(noService, 'PUT', `${path}/properties`, { properties: { value } })
        if (service !== undefined) service.properties = { value }
        return
      case 'tags':
        await this.#expect(noService, 'POST', `${path}/tags`, { tags: { tag: value } })
        if (service !== undefined) service.tags = { tag: value }
        return
      case 'untag': {
        const code = noService || (service?.tags.tag === undefined ? '400018' : '')
        await this.#expect(code, 'DELETE', `${path}/tags/tag`)
        if (service !== undefined && code === '') service.tags = {}
        return
      }
      case 'instance': {
        const body = { instance: { instanceId, hostName: 'h', endpoints: ['rest://h'], status: value } }
        await this.#expect(noService, 'POST', `${path}/instances`, body)
        // Registering a living instance again is a heartbeat: what is stored stays.
        if (instance === undefined) instances?.set(instanceId, { status: value, properties: {} })
        return
      }
      case 'unregister':
        await this.#expect(noInstance, 'DELETE', one)
        return void instances?.delete(instanceId)
      case 'status':
        await this.#expect(noInstance, 'PUT', `${one}/status?value=${value}`)
        if (instance !== undefined) instance.status = value
        return
      case 'instanceProperties':
        await this.#expect(noInstance, 'PUT', `${one}/properties`, { properties: { value } })
        if (instance !== undefined) instance.properties = { value }
        return
      case 'heartbeat':
        await this.#expect(noInstance, 'PUT', `${one}/heartbeat`)
    }
  }

  async #register(name: string, value: string): Promise<void> {
    const service = { serviceName: name, appId: 'model', version: '1.0.0', properties: { value } }
    const { serviceId } = (await this.#expect('', 'POST', '/microservices', { service })) as { serviceId: string }
    const known = this.services.get(name)
    if (known !== undefined) return assert.equal(serviceId, known.id)
    this.services.set(name, { id: serviceId, name, properties: { value }, tags: {}, instances: new Map() })
  }

  /** Reads everything and finds the node of the same mind. */
  async agree(): Promise<void> {
    const { services = [] } = (await this.#expect('', 'GET', '/microservices')) as {
      services?: readonly { serviceName: string; properties?: Readonly<Record<string, string>> }[]
    }
    const ours = services.filter(({ serviceName }) => serviceName.startsWith(`${this.#prefix}-`))
    assert.deepEqual(
      Object.fromEntries(ours.map(({ serviceName, properties = {} }) => [serviceName, properties])),
      Object.fromEntries([...this.services.values()].map(({ name, properties }) => [name, properties])),
    )
    for (const { id, name, tags, instances } of this.services.values()) {
      const { tags: shown = {} } = (await this.#expect('', 'GET', `/microservices/${id}/tags`)) as { tags?: object }
      assert.deepEqual(shown, tags)
      const paths = [`/instances?appId=model&serviceName=${name}`, `/microservices/${id}/instances`]
      for (const path of paths) {
        const { instances: found = [] } = (await this.#expect('', 'GET', path)) as {
          instances?: readonly ({ instanceId: string } & Partial<ModelInstance>)[]
        }
        assert.deepEqual(
          Object.fromEntries(
            found.map(({ instanceId, status, properties = {} }) => [instanceId, { status, properties }]),
          ),
          Object.fromEntries(instances),
        )
      }
    }
  }

  /** Deletes what is left. */
  async clear(): Promise<void> {
    for (const name of [...this.services.keys()]) await this.take(['force', name.slice(-1), 'i', 'UP'])
  }
}

describe(`a model of the registry (seed ${SEED})`, function () {
  this.timeout(RUNS > RUNS_USUALLY ? 0 : 300_000)
  let node: TestNode
  let client: WireClient

  before(async () => {
    node = await startTestNode()
    client = new WireClient(node.url, 1, ANSWER_DEADLINE_MS)
  })

  after(async () => {
    client.close()
    await node.close()
  })

  it(`and the node agree after each of up to ${RUNS * STEPS} steps, and nothing is left at the end`, async () => {
    const size = () => node.catalog.replica.directory.groups.size
    const before = size()
    let runs = 0
    const steps = fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' })
    const property = fc.asyncProperty(steps, async all => {
      runs += 1
      const model = new Model(client, `run${runs}`)
      try {
        for (const each of all) {
          await model.take(each)
          await model.agree()
        }
      } finally {
        await model.clear()
      }
    })
    await fc.assert(property, { seed: SEED, numRuns: RUNS })
    assert.equal(size(), before)
  })
})
