import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Facets, PeersView, PeerView } from '../../../../center/ports.ts'
import { hueOf } from '../../parts/basics.ts'
import { count, duration, plural } from '../../parts/format.ts'
import { peerTone } from '../../parts/states.ts'
import { rateText, type TrafficRates } from '../../parts/traffic.ts'
import { useWidth } from '../../parts/use-width.ts'
import { href } from '../../state/router.ts'
import { CARD_WIDTH, layOut, type Picture, type PlacedCluster, type PlacedNode, ROW } from './layout.ts'

interface Props {
  readonly view: PeersView
  readonly facets: Facets | undefined
  readonly traffic: TrafficRates
  readonly chosen: string
  readonly onChoose: (node: string) => void
}

/** Clusters with their nodes, and who is connected to whom. */
export function Federation(props: Props): VNode {
  const { view } = props
  const [element, width] = useWidth()
  const picture = layOut(view, width)
  return html`
    <div class="federation">
      <div class="federation-area" ref=${element} style=${{ height: `${picture.height}px` }}>
        ${width > 0 && html`<${Content} picture=${picture} ...${props} />`}
      </div>
    </div>
  `
}

/** Links between clusters pass behind cards, those within one lie on its card. */
function Content({ picture, ...props }: Props & { readonly picture: Picture }): VNode {
  const { view, traffic } = props
  const { clusters, links } = picture
  const labels = links.flatMap(link => (link.label === undefined ? [] : [{ ...link, ...link.label }]))
  return html`
    <${Links} picture=${picture} isInner=${false} />
    ${clusters.map(cluster => html`<${Card} key=${cluster.name} cluster=${cluster} facets=${props.facets} />`)}
    <${Links} picture=${picture} isInner=${true} />
    ${clusters.flatMap(({ nodes }) => nodes.map(node => html`<${NodeButton} key=${node.peer.node} place=${node} isChosen=${node.peer.node === props.chosen} onChoose=${props.onChoose} />`))}
    ${labels.map(({ id, x, y, node, isCut }) => html`<${Label} key=${id} x=${x} y=${y} isCut=${isCut} text=${isCut ? 'no connection' : labelText(view, node, traffic)} />`)}
  `
}

const Links = ({ picture, isInner }: { readonly picture: Picture; readonly isInner: boolean }): VNode => html`
  <svg width=${picture.width} height=${picture.height} aria-hidden="true">
    ${picture.links.filter(link => link.isInner === isInner).map(({ id, path, isCut }) => html`<path key=${id} class=${isCut ? 'link cut' : 'link'} d=${path} />`)}
  </svg>
`

function labelText(view: PeersView, node: string, traffic: TrafficRates): string {
  const peer = view.peers.find(each => each.node === node)
  const lag = peer === undefined ? '' : `${count(peer.behind.changes)} behind`
  const rate = traffic.rateOf(node)
  return rate === undefined ? lag : `${lag} · ${rateText(rate)}`
}

interface LabelProps {
  readonly x: number
  readonly y: number
  readonly isCut: boolean
  readonly text: string
}

const Label = ({ x, y, isCut, text }: LabelProps): VNode =>
  html`<span class=${isCut ? 'link-label cut' : 'link-label'} style=${{ left: `${x}px`, top: `${y}px` }}>${text}</span>`

/** Keeps the place of what is not known yet. */
const NOTHING_YET = '\u00a0'

function Card({ cluster, facets }: { readonly cluster: PlacedCluster; readonly facets: Facets | undefined }): VNode {
  const { name, own, x, y, height, nodes } = cluster
  const counts = facets?.clusters.find(each => each.name === name)
  const isHeard = nodes.some(({ peer }) => peer.state === 'self' || peer.state === 'up')
  const style = { left: `${x}px`, top: `${y}px`, width: `${CARD_WIDTH}px`, height: `${height}px` }
  const tone = isHeard ? '' : nodes.every(({ peer }) => peer.state === 'retired') ? ' gone' : ' unheard'
  return html`
    <section class=${`card ${hueOf(name)}${own ? ' own' : ''}${tone}`} style=${style} aria-label=${`Cluster ${name}`}>
      <header>
        <a href=${href(['services'], { cluster: name })}><b>${name}</b></a>
        <span class="quiet">${own ? 'this cluster' : isHeard ? '' : 'unreachable'}</span>
<p class="quiet">${counts === undefined ? NOTHING_YET : `${plural(counts.services, 'service')}, ${plural(counts.instances, 'instance')}`}</p>
        <p class=${counts !== undefined && counts.stale > 0 ? 'stale' : 'quiet'}>${counts === undefined ? NOTHING_YET : counts.stale > 0 ? `${count(counts.stale)} stale` : 'all fresh'}</p>
      </header>
    </section>
  `
}

interface NodeProps {
  readonly place: PlacedNode
  readonly isChosen: boolean
  readonly onChoose: (node: string) => void
}

function NodeButton({ place: { peer, x, y, width }, isChosen, onChoose }: NodeProps): VNode {
  const style = { left: `${x}px`, top: `${y + 2}px`, width: `${width}px`, height: `${ROW - 4}px` }
  return html`
    <button type="button" class=${`node ${peerTone(peer.state)}`} style=${style} aria-pressed=${isChosen} onClick=${() => onChoose(peer.node)}>
      <i class="state"></i><b>${peer.name}</b><span>${stateOf(peer)}</span>
    </button>
  `
}

const stateOf = ({ state, silentMs, behind }: PeerView): string =>
  state === 'self'
    ? 'this node'
    : state === 'silent'
      ? `silent${silentMs === undefined ? '' : ` ${duration(silentMs)}`}`
      : state === 'retired'
        ? 'retired'
        : `${count(behind.changes)} behind`
