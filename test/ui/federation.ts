import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Fleet, GRAPEVINE, type NodeProcess } from '../helpers/process.ts'
import type { TcpProxy } from '../helpers/tcp-proxy.ts'

/** Three nodes in two clusters: sc1-a and sc1-b in sc1, sc2-a in sc2. Everything between the clusters goes over `links`. */
export interface Federation {
  readonly one: NodeProcess
  readonly sibling: NodeProcess
  readonly two: NodeProcess
  readonly links: readonly TcpProxy[]
}

/** They share a key, so that only sc1 has to know where sc2 is: there is one way between the clusters. */
export async function startFederation(fleet: Fleet, flags: readonly string[]): Promise<Federation> {
  const [a, b, c] = [await fleet.place(), await fleet.place(), await fleet.place()]
  const [http, gossip] = [await fleet.proxy(c.http), await fleet.proxy(c.gossip)]
  const key = join(await fleet.folder(), 'mesh.key')
  const { stdout } = await promisify(execFile)(GRAPEVINE, ['key'])
  await writeFile(key, stdout, { mode: 0o600 })
  const shared = { flags: ['--mesh-key', key, '--probe-interval', '5s', ...flags] }
  const sc1 = { ...shared, cluster: 'sc1', clusters: `sc2=${http.url}` }
  const one = fleet.node({ ...sc1, place: a, name: 'sc1-a', peers: b.url })
  const sibling = fleet.node({ ...sc1, place: b, name: 'sc1-b', peers: a.url })
  // Nobody is configured whom it could wait for.
  const alone = { flags: [...shared.flags, '--start-alone', '1s'] }
  const two = fleet.node({ ...alone, place: c, name: 'sc2-a', cluster: 'sc2', advertise: gossip.port })
  await Promise.all([one.ready(), sibling.ready(), two.ready()])
  return { one, sibling, two, links: [http, gossip] }
}
