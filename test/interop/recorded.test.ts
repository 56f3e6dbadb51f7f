import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'
import { type Exchange, exchangesOf, Replay } from './replay.ts'

const WIRE = join(import.meta.dirname, 'wire')
/** Recordings were made where reads lag writes; here only the way from one cluster to the other takes time. */
const SPREAD_DEADLINE_MS = 5_000

/** One session of real clients: who talked to which of the two clusters. */
interface Session {
  readonly title: string
  readonly sc1: readonly string[]
  readonly sc2: readonly string[]
}

const SESSIONS: readonly Session[] = [
  {
    title: 'go-chassis 1.1.3: server at sc2, registrator and discovery at sc1',
    sc1: ['go-chassis-v1.1.3-client-registrator', 'go-chassis-v1.1.3-client-discovery'],
    sc2: ['go-chassis-v1.1.3-server'],
  },
  {
    title: 'go-chassis 2.8.0: server at sc2, registrator and discovery at sc1',
    sc1: ['go-chassis-v2.8.0-client-registrator', 'go-chassis-v2.8.0-client-discovery'],
    sc2: ['go-chassis-v2.8.0-server'],
  },
  {
    title: 'go-chassis 2.8.0 with websocket heartbeats, at sc1',
    sc1: ['go-chassis-v2.8.0-server-ping-pong'],
    sc2: [],
  },
  { title: 'java-chassis 2.8.3, at sc1', sc1: ['java-chassis-2.8.3-provider'], sc2: [] },
]

describe('recorded exchanges of real clients', function () {
  this.timeout(60_000)
  const each = eachFleet()

  it('cover every recording', () => {
    const covered = SESSIONS.flatMap(({ sc1, sc2 }) => [...sc1, ...sc2]).map(name => `${name}.jsonl`)
    assert.deepEqual(covered.sort(), readdirSync(WIRE).sort())
  })

  for (const { title, sc1, sc2 } of SESSIONS) {
    it(title, async () => {
      const nodes = await each.fleet.twoClusters()
      const exchanges = [...load(sc1, nodes.sc1), ...load(sc2, nodes.sc2)].sort((a, b) => a.exchange.t - b.exchange.t)
      const replay = new Replay()
      for (const { node, exchange } of exchanges) await replay.run(node.url, exchange, SPREAD_DEADLINE_MS)
      replay.close()
      assert.ok(replay.count > 0)
    })
  }

  it('java-chassis 2.8.3, the same application at sc1 and then at sc2', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters()
    const exchanges = exchangesOf(join(WIRE, 'java-chassis-2.8.3-provider.jsonl'))
    const farewell = exchanges.findIndex(({ query }) => query === 'value=DOWN')
    const [life, end] = [exchanges.slice(0, farewell), exchanges.slice(farewell)]
    const [first, second] = [new Replay(), new Replay()]
    for (const exchange of life) await first.run(sc1.url, exchange, SPREAD_DEADLINE_MS)
    await until('sc2 finds the first', SPREAD_DEADLINE_MS, async () => (await sc2.registry.ids('jserver')).length === 1)

    // The second start finds its service, registered from the other cluster, and so has less to say, as the SDK does.
    const instance = life.filter(({ path }) => /instances|watcher/.test(path))
    for (const exchange of instance) await second.run(sc2.url, exchange, SPREAD_DEADLINE_MS)
    const [one = ''] = await sc1.registry.ids('jserver', '&global=0')
    const [two = ''] = await sc2.registry.ids('jserver', '&global=0')
    await bothFind([sc1, sc2], [one, two])

    for (const exchange of end) await first.run(sc1.url, exchange, SPREAD_DEADLINE_MS)
    await bothFind([sc1, sc2], [two])
    for (const exchange of end) await second.run(sc2.url, exchange, SPREAD_DEADLINE_MS)
    await bothFind([sc1, sc2], [])
    for (const replay of [first, second]) replay.close()
  })
})

const load = (names: readonly string[], node: NodeProcess): { node: NodeProcess; exchange: Exchange }[] =>
  names.flatMap(name => exchangesOf(join(WIRE, `${name}.jsonl`)).map(exchange => ({ node, exchange })))

async function bothFind(nodes: readonly NodeProcess[], ids: readonly string[]): Promise<void> {
  for (const { name, registry } of nodes) {
    const wanted = ids.toSorted().join()
    await until(`${name} finds ${wanted || 'nothing'}`, SPREAD_DEADLINE_MS, async () => {
      return (await registry.ids('jserver')).join() === wanted
    })
  }
}
