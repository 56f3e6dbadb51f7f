import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { ServiceDetail } from '../../../../center/ports.ts'
import { Clusters, Empty } from '../../parts/basics.ts'
import { plural } from '../../parts/format.ts'
import { href } from '../../state/router.ts'
import { type GraphBox, graphOf, HEIGHT, WIDTH } from './graph.ts'

/** Who uses it, and whom it uses, wherever they are. */
export function Dependencies({ detail }: { readonly detail: ServiceDetail }): VNode {
  const { providers, consumers, missing } = detail
  if (providers.length + consumers.length + missing.length === 0) {
    return html`<${Empty} icon="peers" title="No dependency is known"><p>One is recorded when an application looks for another under its own id, or declares it.</p><//>`
  }
  return html`
    <p class="quiet">${plural(consumers.length, 'consumer')} on the left, ${plural(providers.length + missing.length, 'provider')} on the right. An arrow points to what is used.</p>
    <${Picture} detail=${detail} />
    ${
      missing.length > 0 &&
      html`<h2>Asked for, and not there</h2>
      <ul class="plain">${missing.map(
        each =>
          html`<li key=${`${each.appId} ${each.serviceName}`}>${each.serviceName} <span class="quiet">${each.appId}</span> <a href=${href(['why'], { service: each.serviceName })}>Why?</a></li>`,
      )}</ul>`
    }
  `
}

function Picture({ detail }: { readonly detail: ServiceDetail }): VNode {
  const { boxes, edges, size } = graphOf(detail)
  return html`
    <div class="graph scroll" role="region" aria-label="Dependency graph" tabindex="0">
      <div class="graph-area" style=${{ width: `${size.width}px`, height: `${size.height}px` }}>
        <svg width=${size.width} height=${size.height} aria-hidden="true">
          <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" /></marker></defs>
          ${edges.map(({ id, path, crosses }) => html`<path key=${id} class=${crosses ? 'edge crosses' : 'edge'} d=${path} marker-end="url(#arrow)" />`)}
        </svg>
        ${boxes.map(box => html`<${Box} key=${box.id} box=${box} />`)}
      </div>
    </div>
    <p class="quiet">A dashed arrow crosses clusters: no cluster has both ends.</p>
  `
}

function Box({ box }: { readonly box: GraphBox }): VNode {
  const { x, y, kind, name, version, instances, clusters, serviceId } = box
  const style = { left: `${x}px`, top: `${y}px`, width: `${WIDTH}px`, height: `${HEIGHT}px` }
  const content = html`
    <b>${name}</b> <span class="quiet">${version}</span>
    <span class="graph-line">${kind === 'missing' ? 'not registered' : html`<${Clusters} names=${clusters} /> ${instances}`}</span>
  `
  if (serviceId === '') return html`<div class=${`graph-box ${kind}`} style=${style}>${content}</div>`
  return html`<a class=${`graph-box ${kind}`} style=${style} href=${href(['services', serviceId, 'dependencies'])}>${content}</a>`
}
