import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'
import { type Exchange, exchangesOf, Replay } from './replay.ts'

const WIRE = join(import.meta.dirname, 'wire')
const JAVA = 'java-chassis-2.8.3-provider'
/** Recordings were made where reads lag writes; here only the way from one cluster to the other takes time. */
const SPREAD_DEADLINE_MS = 15_000
const RBAC = { RBAC_ENABLE: 'true', SC_INIT_ROOT_PASSWORD: 'Complicated_password1' }

interface Part {
  readonly at: 'sc1' | 'sc2'
  readonly recording: string
}

/** Sessions of real clients, each client's part from its start to its end: the first ends last, as it did. */
const SESSIONS: readonly { readonly title: string; readonly parts: readonly Part[] }[] = [
  {
    title: 'go-chassis 1.1.3: server at sc2, registrator and discovery at sc1',
    parts: [
      { at: 'sc2', recording: 'go-chassis-v1.1.3-server' },
      { at: 'sc1', recording: 'go-chassis-v1.1.3-client-registrator' },
      { at: 'sc1', recording: 'go-chassis-v1.1.3-client-discovery' },
    ],
  },
  {
    title: 'go-chassis 2.8.0: server at sc2, registrator and discovery at sc1',
    parts: [
      { at: 'sc2', recording: 'go-chassis-v2.8.0-server' },
      { at: 'sc1', recording: 'go-chassis-v2.8.0-client-registrator' },
      { at: 'sc1', recording: 'go-chassis-v2.8.0-client-discovery' },
    ],
  },
  {
    title: 'go-chassis 2.8.0 with websocket heartbeats',
    parts: [{ at: 'sc1', recording: 'go-chassis-v2.8.0-server-ping-pong' }],
  },
  { title: 'java-chassis 2.8.3', parts: [{ at: 'sc1', recording: JAVA }] },
]

describe('recorded exchanges of real clients', function () {
  this.timeout(60_000)
  const each = eachFleet()

  it('cover every recording', () => {
    const covered = SESSIONS.flatMap(({ parts }) => parts).map(({ recording }) => `${recording}.jsonl`)
    assert.deepEqual(covered.sort(), readdirSync(WIRE).sort())
  })

  const run = async (nodes: Record<Part['at'], NodeProcess>, parts: readonly Part[], replay: Replay) => {
    const lives = parts.map(({ at, recording }) => ({ url: nodes[at].url, ...lifeOf(recording) }))
    for (const { url, life } of lives) await replay.all(url, life, SPREAD_DEADLINE_MS)
    for (const { url, end } of lives.toReversed()) await replay.all(url, end, SPREAD_DEADLINE_MS)
    replay.close()
  }

  for (const { title, parts } of SESSIONS) {
    it(title, async () => run(await each.fleet.twoClusters(), parts, new Replay()))
  }

  for (const { title, parts } of SESSIONS) {
    it(`${title}, with accounts`, async () => {
      const nodes = await each.fleet.twoClusters({ sc1: { env: RBAC }, sc2: { env: RBAC } })
      const tokens = new Map<string, string>()
      for (const { url, registry } of [nodes.sc1, nodes.sc2]) {
        const body = JSON.stringify({ name: 'root', password: RBAC.SC_INIT_ROOT_PASSWORD })
        const { text } = await registry.request('POST', '/v4/token', body)
        tokens.set(url, (JSON.parse(text) as { token: string }).token)
      }
      // sc-client 0.7.0, which go-chassis is built on, sends no token with websockets; the Java clients do.
      await run(nodes, parts, new Replay({ tokens, sockets: title.startsWith('java') }))
    })
  }

  it('java-chassis 2.8.3, the same application at sc1 and then at sc2', async () => {
    const { sc1, sc2 } = await each.fleet.twoClusters()
    const { life, end } = lifeOf(JAVA)
    const [first, second] = [new Replay(), new Replay()]
    await first.all(sc1.url, life, SPREAD_DEADLINE_MS)
    await until('sc2 finds the first', SPREAD_DEADLINE_MS, async () => (await sc2.registry.ids('jserver')).length === 1)

    // The second start finds its service, registered from the other cluster, and so has less to say, as the SDK does.
    const instance = life.filter(({ path }) => /instances|watcher/.test(path))
    await second.all(sc2.url, instance, SPREAD_DEADLINE_MS)
    const [one = ''] = await sc1.registry.ids('jserver', '&global=0')
    const [two = ''] = await sc2.registry.ids('jserver', '&global=0')
    await bothFind([sc1, sc2], [one, two])

    await first.all(sc1.url, end, SPREAD_DEADLINE_MS)
    await bothFind([sc1, sc2], [two])
    await second.all(sc2.url, end, SPREAD_DEADLINE_MS)
    await bothFind([sc1, sc2], [])
    for (const replay of [first, second]) replay.close()
  })
})

/** What a client sent while it lived, and what it said at its end: an instance that is told DOWN, or deleted. */
function lifeOf(recording: string): { readonly life: readonly Exchange[]; readonly end: readonly Exchange[] } {
  const exchanges = exchangesOf(join(WIRE, `${recording}.jsonl`))
  assert.ok(exchanges.length > 0, `nothing recorded by ${recording}`)
  const farewell = exchanges.findIndex(({ method, query }) => method === 'DELETE' || query === 'value=DOWN')
  const life = farewell < 0 ? exchanges : exchanges.slice(0, farewell)
  return { life, end: exchanges.slice(life.length) }
}

async function bothFind(nodes: readonly NodeProcess[], ids: readonly string[]): Promise<void> {
  for (const { name, registry } of nodes) {
    const wanted = ids.toSorted().join()
    await until(`${name} finds ${wanted || 'nothing'}`, SPREAD_DEADLINE_MS, async () => {
      return (await registry.ids('jserver')).join() === wanted
    })
  }
}
