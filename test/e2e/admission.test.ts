import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eachFleet } from '../helpers/each-fleet.ts'
import { GRAPEVINE, type NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 20_000
/** A stranger soon stops waiting for those that refuse it, and serves what it has. */
const SOON_ALONE = ['--start-alone', '2s']

describe('a node that nobody configured', function () {
  this.timeout(90_000)
  const each = eachFleet()

  /** Registers `name` at a node; the id of its instance. */
  async function register({ registry }: NodeProcess, name: string): Promise<string> {
    return registry.instance(await registry.service(name))
  }

  /** The ids found there; a node that is not whole yet finds nothing. */
  const found = async ({ registry }: NodeProcess, name: string): Promise<readonly string[]> => {
    return registry.ids(name).catch(() => [])
  }

  /** A key file as the command makes it. */
  async function keyFile(): Promise<string> {
    const { stdout } = await promisify(execFile)(GRAPEVINE, ['key'])
    const file = join(await each.fleet.folder(), 'mesh.key')
    await writeFile(file, stdout, { mode: 0o600 })
    return file
  }

  it('is refused, learns nothing and is believed nothing', async () => {
    const { fleet } = each
    const { sc1, sc2 } = await fleet.twoClusters()
    await register(sc1, 'inside')
    const clusters = `sc1=${sc1.url},sc2=${sc2.url}`
    const stranger = fleet.node({
      ...{ place: await fleet.place(), name: 'stranger', cluster: 'sc3', clusters },
      flags: SOON_ALONE,
    })
    await stranger.listening()
    for (const node of [sc1, sc2]) assert.match(await node.line(/peer refused/, DEADLINE_MS), /unconfirmed/, node.name)
    await stranger.ready() // it has given up waiting for the others
    await register(stranger, 'outside')

    // What is registered now is spread after all that the stranger could have got or given.
    const last = await register(sc1, 'last')
    await until('sc2 finds the last', DEADLINE_MS, async () => (await found(sc2, 'last')).join() === last)
    assert.deepEqual(await found(stranger, 'inside'), [])
    assert.deepEqual(await found(stranger, 'last'), [])
    assert.deepEqual(await found(sc1, 'outside'), [])
    assert.deepEqual(await found(sc2, 'outside'), [])
  })

  it('is admitted with the mesh key, and not with another one', async () => {
    const { fleet } = each
    const [ours, other] = [await keyFile(), await keyFile()]
    const sc1 = fleet.node({ place: await fleet.place(), name: 'a', cluster: 'sc1', flags: ['--mesh-key', ours] })
    await sc1.ready()
    const inside = await register(sc1, 'inside')
    const late = { clusters: `sc1=${sc1.url}`, cluster: 'sc2' }
    const holder = fleet.node({ ...late, place: await fleet.place(), name: 'b', flags: ['--mesh-key', ours] })
    const stranger = fleet.node({
      ...late,
      place: await fleet.place(),
      name: 'c',
      flags: [...SOON_ALONE, '--mesh-key', other],
    })
    await Promise.all([holder.ready(), stranger.listening()])
    assert.deepEqual(await found(holder, 'inside'), [inside])
    await sc1.line(/peer refused.*handshake|handshake.*peer refused/, DEADLINE_MS)
    await stranger.ready()
    assert.deepEqual(await found(stranger, 'inside'), [])
  })
})
