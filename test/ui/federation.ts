import type { Fleet, NodeProcess, Place } from '../helpers/process.ts'
import type { TcpProxy } from '../helpers/tcp-proxy.ts'

/** Three nodes in two clusters: sc1-a and sc1-b in sc1, sc2-a in sc2. Everything between the clusters goes over `links`. */
export interface Federation {
  readonly one: NodeProcess
  readonly sibling: NodeProcess
  readonly two: NodeProcess
  readonly links: readonly TcpProxy[]
}

export async function startFederation(fleet: Fleet, flags: readonly string[] = []): Promise<Federation> {
  const [a, b, c] = [await fleet.place(), await fleet.place(), await fleet.place()]
  const behind = async (place: Place) => [await fleet.proxy(place.http), await fleet.proxy(place.gossip)] as const
  const [httpA, gossipA] = await behind(a)
  const [httpB, gossipB] = await behind(b)
  const [httpC, gossipC] = await behind(c)
  const all = ['--probe-interval', '5s', ...flags]
  const clusters = `sc2=${httpC.url}`
  const one = fleet.node({
    ...{ place: a, name: 'sc1-a', cluster: 'sc1', clusters, peers: b.url, advertise: gossipA.port, flags: all },
  })
  const sibling = fleet.node({
    ...{ place: b, name: 'sc1-b', cluster: 'sc1', clusters, peers: a.url, advertise: gossipB.port, flags: all },
  })
  const two = fleet.node({
    ...{ place: c, name: 'sc2-a', cluster: 'sc2', clusters: `sc1=${httpA.url},${httpB.url}` },
    ...{ advertise: gossipC.port, flags: all },
  })
  await Promise.all([one.ready(), sibling.ready(), two.ready()])
  return { one, sibling, two, links: [httpA, gossipA, httpB, gossipB, httpC, gossipC] }
}
