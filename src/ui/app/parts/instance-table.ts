import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { InstanceRow } from '../../../center/ports.ts'
import { href } from '../state/router.ts'
import { InstanceActions } from './actions.ts'
import { Badge, Cluster, Copy, Facts, Scroll } from './basics.ts'
import { duration, environmentText, secondsText, short } from './format.ts'
import { Icon } from './icons.ts'
import { Properties } from './properties.ts'
import { statusText, statusTone } from './states.ts'

interface Props {
  readonly rows: readonly InstanceRow[]
  /** Of many services. */
  readonly withService: boolean
}

export const InstanceTable = ({ rows, withService }: Props): VNode => html`
  <${Scroll} label="Instances">
    <table class="instances">
      <thead><tr>
        <th scope="col"><span class="unseen">Details</span></th><th scope="col">Instance</th>
        ${withService && html`<th scope="col">Service</th>`}
        <th scope="col">State</th><th scope="col">Cluster</th><th scope="col" class="c-wide">Holder</th>
        <th scope="col" class="c-mid">Lease left</th><th scope="col" class="c-mid">Endpoints</th>
      </tr></thead>
      <tbody>${rows.map(row => html`<${Rows} key=${`${row.serviceId} ${row.instance.instanceId}`} row=${row} withService=${withService} />`)}</tbody>
    </table>
  <//>
`

/** A row, and below it everything about the instance once somebody wants to see it. */
function Rows({ row, withService }: { readonly row: InstanceRow; readonly withService: boolean }): VNode {
  const [open, setOpen] = useState(false)
  const { instance } = row
  const { instanceId, hostName, status, endpoints = [] } = instance
  return html`
    <tr class=${open ? 'open' : ''}>
      <td class="toggle">
        <button type="button" class="bare" aria-expanded=${open} aria-label=${`Details of ${instanceId}`} onClick=${() => setOpen(!open)}>
          <${Icon} name=${open ? 'down' : 'next'} />
        </button>
      </td>
      <th scope="row"><code title=${instanceId}>${short(instanceId, 14)}</code><span class="sub">${hostName}</span></th>
      ${withService && html`<td><a href=${href(['services', row.serviceId])}>${row.serviceName}</a><span class="sub">${row.version}</span></td>`}
      <td class="badges"><${Badge} tone=${statusTone(status)}>${statusText(status)}<//>${row.stale && html`<${Badge} tone="warn">Stale<//>`}</td>
      <td><${Cluster} name=${row.cluster} /></td>
      <td class="c-wide">${short(row.holder, 20)}</td>
      <td class="c-mid"><${Lease} row=${row} /></td>
      <td class="c-mid"><code>${endpoints[0] ?? '–'}</code>${endpoints.length > 1 && html`<span class="quiet"> +${endpoints.length - 1}</span>`}</td>
    </tr>
    ${open && html`<tr class="detail"><td colspan=${withService ? 8 : 7}><${Detail} row=${row} /></td></tr>`}
  `
}

function Lease({ row: { leaseMs, leaseLeftMs } }: { readonly row: InstanceRow }): VNode {
  if (leaseMs === 0) return html`<span class="quiet">none</span>`
  if (leaseLeftMs === undefined)
    return html`<span class="quiet" title="Only its holder and its own cluster hear its heartbeats">of ${duration(leaseMs)}</span>`
  const part = Math.min(1, leaseLeftMs / leaseMs)
  const tone = part < 0.25 ? 'warn' : 'good'
  return html`
    <span class="lease"><span class="health-bar" aria-hidden="true"><i class=${tone} style=${{ width: `${part * 100}%` }}></i></span>${duration(leaseLeftMs)}</span>
  `
}

function Detail({ row }: { readonly row: InstanceRow }): VNode {
  const { instance, holder, stale, leaseMs, cluster, local } = row
  const { instanceId, endpoints = [], properties = {}, healthCheck, dataCenterInfo, timestamp, modTimestamp } = instance
  const where = dataCenterInfo && [dataCenterInfo.name, dataCenterInfo.region, dataCenterInfo.availableZone].join(' / ')
  const check =
    healthCheck && `every ${healthCheck.interval} s, ${healthCheck.times} may be missed (${healthCheck.mode})`
  return html`
    <div class="instance-detail">
      <${Facts}
        rows=${[
          ['Instance id', html`<${Copy} text=${instanceId} />`],
          ['Service', `${row.serviceName} ${row.version}, ${row.appId}, ${environmentText(row.environment)}`],
          ['Registered in', html`<${Cluster} name=${cluster} />${local ? ' (this cluster)' : ''}`],
          ['Lease held by', holder],
          [
            'Fresh',
            stale ? 'No: its holder or its cluster is silent, so nobody here knows whether it still lives' : 'Yes',
          ],
          ['Heartbeat', check ?? 'not told'],
          ['Lease', leaseMs === 0 ? 'none' : duration(leaseMs)],
          ['Data center', where ?? 'not told'],
          ['Registered', secondsText(timestamp)],
          ['Changed', secondsText(modTimestamp)],
        ]}
      />
      <div>
        <h3>Endpoints</h3>
        ${endpoints.length === 0 ? html`<p class="quiet">none</p>` : html`<ul class="plain">${endpoints.map(each => html`<li key=${each}><${Copy} text=${each} /></li>`)}</ul>`}
        <h3>Properties</h3>
        <${Properties} of=${properties} />
        <${InstanceActions} row=${row} />
      </div>
    </div>
  `
}
