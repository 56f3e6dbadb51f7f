import type { Facets, PeersView } from '../../center/ports.ts'
import { EXIT } from '../cli-error.ts'
import type { Style } from '../output.ts'
import type { Action } from '../run.ts'

interface Alarm {
  readonly id: string
  readonly fields: Readonly<Record<string, string>>
}

/** One look at a node: who it is, whom it hears, what it holds, what is wrong. */
export const status: Action = async ({ client, out }) => {
  const [ready, peers, summary, alarms, version] = await Promise.all([
    client.reply('GET', '/grapevine/v1/ready'),
    client.v4<PeersView>('GET', '/admin/peers'),
    client.v4<Facets>('GET', '/admin/browse/summary'),
    client.v4<{ readonly alarms?: readonly Alarm[] }>('GET', '/admin/alarms'),
    client.v4<{ readonly version: string }>('GET', '/registry/version'),
  ])
  const problems = (alarms.alarms ?? []).map(({ id, fields }) => fields.detail ?? id)
  const isReady = ready.status === 200
  if (out.isForPrograms) {
    const { services, instances, up, stale, clusters } = summary
    const { node, cluster, clusterId } = peers
    const counts = { services, instances, up, stale }
    await out.data({
      node,
      cluster,
      clusterId,
      version: version.version,
      ready: isReady,
      ...counts,
      clusters,
      problems,
    })
    return isReady ? EXIT.OK : EXIT.NO
  }
  const self = peers.peers.find(({ state }) => state === 'self')
  const states = Map.groupBy(
    peers.peers.filter(({ state }) => state !== 'self'),
    ({ state }) => state,
  )
  const others = [...states].map(([state, nodes]) => `${nodes.length} ${state}`).join(', ') || 'none'
  const lines: readonly (readonly [string, string, (Style | undefined)?])[] = [
    ['Node', `${self?.name ?? '-'} at ${client.address}`],
    ['Identity', peers.node],
    ['Cluster', `${peers.cluster} (${peers.clusterId})`],
    ['Version', version.version],
    ['Ready', isReady ? 'yes' : 'no: it has not repaired with a peer yet', isReady ? 'good' : 'bad'],
    ['Other nodes', others, states.has('silent') ? 'warn' : undefined],
    ['Clusters', summary.clusters.map(({ name, instances }) => `${name} (${instances})`).join(', ') || '-'],
    ['Services', String(summary.services)],
    ['Instances', `${summary.instances}, ${summary.up} UP, ${summary.stale} stale`],
    ['Problems', problems.length === 0 ? 'none' : String(problems.length), problems.length === 0 ? 'good' : 'bad'],
  ]
  for (const [title, text, style] of lines) out.line(`${title.padEnd(12)} ${out.styled(style, text)}`)
  for (const problem of problems) out.line(`  - ${problem}`)
  return isReady ? EXIT.OK : EXIT.NO
}
