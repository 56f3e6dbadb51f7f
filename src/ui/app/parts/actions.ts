import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { InstanceRow, ServiceDetail } from '../../../center/ports.ts'
import { may, useApp } from '../state/app.ts'
import { Confirm } from './dialog.ts'
import { duration, plural } from './format.ts'

/** What is done after it was confirmed. */
interface Act {
  readonly title: string
  readonly button: string
  readonly isHarmful: boolean
  readonly consequence: ComponentChildren
  readonly run: () => Promise<void>
  readonly done: string
}

/** Buttons that ask first; nothing at all for who may do nothing. */
function Acts({ acts }: { readonly acts: readonly Act[] }): VNode | null {
  const { notices } = useApp()
  const [asked, setAsked] = useState<Act | undefined>(undefined)
  if (acts.length === 0) return null
  const confirm = async (act: Act): Promise<void> => {
    await act.run()
    notices.say('good', act.done)
  }
  return html`
    <div class="actions">
      ${acts.map(act => html`<button key=${act.button} type="button" class=${act.isHarmful ? 'harmful' : ''} onClick=${() => setAsked(act)}>${act.button}</button>`)}
      ${
        asked !== undefined &&
        html`<${Confirm} title=${asked.title} action=${asked.button} isHarmful=${asked.isHarmful} onConfirm=${() => confirm(asked)} onClose=${() => setAsked(undefined)}>
          ${asked.consequence}
        <//>`
      }
    </div>
  `
}

/** A cluster writes only what is its own: that is said instead of offering what would be refused. */
const Elsewhere = ({ cluster }: { readonly cluster: string }): VNode =>
  html`<p class="quiet">Registered in ${cluster}, and changed only there: open the dashboard of a node of ${cluster}.</p>`

export function InstanceActions({ row }: { readonly row: InstanceRow }): VNode | null {
  const { permissions } = useApp()
  const { environment, appId, serviceName, cluster, local } = row
  const labels = { environment, appId, serviceName }
  const mayUpdate = may(permissions.value, 'service', 'update', labels)
  const mayDelete = may(permissions.value, 'service', 'delete', labels)
  if (!mayUpdate && !mayDelete) return null
  if (!local) return html`<${Elsewhere} cluster=${cluster} />`
  return html`<${InstanceActs} row=${row} mayUpdate=${mayUpdate} mayDelete=${mayDelete} />`
}

interface InstanceActsProps {
  readonly row: InstanceRow
  readonly mayUpdate: boolean
  readonly mayDelete: boolean
}

function InstanceActs({ row, mayUpdate, mayDelete }: InstanceActsProps): VNode {
  const { client } = useApp()
  const { serviceName, leaseMs, serviceId, instance } = row
  const { instanceId, hostName, status } = instance
  const path = `/registry/microservices/${encodeURIComponent(serviceId)}/instances/${encodeURIComponent(instanceId)}`
  const name = html`<b>${instanceId}</b> of <b>${serviceName}</b> on ${hostName}`
  const out: Act = {
    ...{ title: 'Take out of service', button: 'Take out of service', isHarmful: true },
    consequence: html`<p>${name} stops getting requests: clients in every cluster leave out what is out of service. The application keeps running and keeps its lease, until somebody brings it back.</p>`,
    run: () => client.change('PUT', `${path}/status`, { value: 'OUTOFSERVICE' }),
    done: `${instanceId} is out of service`,
  }
  const back: Act = {
    ...{ title: 'Bring back', button: 'Bring back', isHarmful: false },
    consequence: html`<p>${name} is up again: clients in every cluster send it requests as soon as they hear of it.</p>`,
    run: () => client.change('PUT', `${path}/status`, { value: 'UP' }),
    done: `${instanceId} is up`,
  }
  const remove: Act = {
    ...{ title: 'Delete instance', button: 'Delete', isHarmful: true },
    consequence: html`
      <p>${name} is unregistered and disappears from every cluster at once. If the application still runs, its next heartbeat is refused and most clients register anew${leaseMs > 0 && html`; a dead one would have gone by itself within ${duration(leaseMs)}`}.</p>
      <p>To keep a living instance from getting requests, take it out of service instead.</p>
    `,
    run: () => client.change('DELETE', path),
    done: `${instanceId} was deleted`,
  }
  const toggle = status === 'UP' ? out : back
  return html`<${Acts} acts=${[...(mayUpdate ? [toggle] : []), ...(mayDelete ? [remove] : [])]} />`
}

export function ServiceActions({ detail }: { readonly detail: ServiceDetail }): VNode | null {
  const { client, permissions, router } = useApp()
  const { service, serviceId, registrations, consumers } = detail
  const { environment = '', appId, serviceName, version } = service
  if (!may(permissions.value, 'service', 'delete', { environment, appId, serviceName })) return null
  const own = registrations.find(({ local }) => local)
  const others = registrations.filter(({ local }) => !local).map(({ cluster }) => cluster)
  if (own === undefined) return html`<${Elsewhere} cluster=${others.join(', ')} />`
  const remove: Act = {
    ...{ title: 'Delete service', button: 'Delete service', isHarmful: true },
    consequence: html`
      <p><b>${serviceName} ${version}</b> and its ${plural(own.instances, 'instance')} in ${own.cluster} are unregistered, with its contracts and tags${consumers.length > 0 && html`, although ${plural(consumers.length, 'service')} ${consumers.length === 1 ? 'uses' : 'use'} it`}.</p>
      ${others.length > 0 && html`<p>It stays visible as registered in ${others.join(', ')}.</p>`}
      <p>Applications that still run are refused with their next heartbeat, and most register anew.</p>
    `,
    run: async () => {
      await client.change('DELETE', `/registry/microservices/${encodeURIComponent(serviceId)}`, { force: 'true' })
      router.go('#/services')
    },
    done: `${serviceName} ${version} was deleted`,
  }
  return html`<${Acts} acts=${[remove]} />`
}
