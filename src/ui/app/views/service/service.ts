import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { ServiceDetail } from '../../../../center/ports.ts'
import { ServiceActions } from '../../parts/actions.ts'
import { Clusters, Copy, Shown } from '../../parts/basics.ts'
import { environmentText, plural } from '../../parts/format.ts'
import { useLive } from '../../state/live.ts'
import { href } from '../../state/router.ts'
import { About } from './about.ts'
import { Contracts } from './contracts.ts'
import { Dependencies } from './dependencies.ts'
import { ServiceInstances } from './service-instances.ts'

const TABS = ['instances', 'contracts', 'dependencies', 'about'] as const
type Tab = (typeof TABS)[number]

/** One version of a service. */
export function ServiceView({ id, tab }: { readonly id: string; readonly tab: string }): VNode {
  const live = useLive<ServiceDetail>(`/admin/browse/services/${encodeURIComponent(id)}`)
  const shown = TABS.find(each => each === tab) ?? 'instances'
  return html`
    <p class="crumbs"><a href="#/services">Services</a></p>
    <${Shown} live=${live}>${(detail: ServiceDetail) => html`<${Head} detail=${detail} tab=${shown} /><${Content} detail=${detail} tab=${shown} />`}<//>
  `
}

function Head({ detail, tab }: { readonly detail: ServiceDetail; readonly tab: Tab }): VNode {
  const { service, serviceId, registrations, versions, tags } = detail
  const { serviceName, version, appId, environment = '', description, alias } = service
  const names = registrations.map(({ cluster }) => cluster)
  return html`
    <div class="service-head">
      <div>
        <h1>${serviceName} <span class="quiet">${version}</span></h1>
        <p class="sub-line">
          <span>${appId}</span><span>${environmentText(environment)}</span><${Clusters} names=${names} />
          <${Copy} text=${serviceId} />
        </p>
        ${description !== undefined && html`<p class="description">${description}</p>`}
        ${alias !== undefined && html`<p class="quiet">Also known as ${alias}</p>`}
        <p class="chips">
          ${Object.entries(tags).map(([name, value]) => html`<span key=${name} class="chip tag"><b>${name}</b> ${value}</span>`)}
        </p>
      </div>
      <${ServiceActions} detail=${detail} />
    </div>
    ${
      versions.length > 1 &&
      html`<nav class="versions" aria-label="Versions"><span class="quiet">${plural(versions.length, 'version')}</span>
        ${versions.map(each => html`<a key=${each.serviceId} class="chip" href=${href(['services', each.serviceId, tab])} aria-current=${each.serviceId === serviceId ? 'true' : undefined}>${each.version} <span class="quiet">${each.instances}</span></a>`)}
      </nav>`
    }
    <${Tabs} detail=${detail} tab=${tab} />
  `
}

function Tabs({ detail, tab }: { readonly detail: ServiceDetail; readonly tab: Tab }): VNode {
  const { serviceId, registrations, schemas, providers, consumers, missing } = detail
  const counts: Readonly<Record<Tab, number | undefined>> = {
    instances: registrations.reduce((sum, { instances }) => sum + instances, 0),
    contracts: schemas.length,
    dependencies: providers.length + consumers.length + missing.length,
    about: undefined,
  }
  return html`
    <nav class="tabs" aria-label="Parts of the service">
      ${TABS.map(each => html`<a key=${each} href=${href(['services', serviceId, each])} aria-current=${each === tab ? 'page' : undefined}>${each}${counts[each] !== undefined && html` <span class="quiet">${counts[each]}</span>`}</a>`)}
    </nav>
  `
}

function Content({ detail, tab }: { readonly detail: ServiceDetail; readonly tab: Tab }): VNode {
  if (tab === 'contracts') return html`<${Contracts} detail=${detail} />`
  if (tab === 'dependencies') return html`<${Dependencies} detail=${detail} />`
  if (tab === 'about') return html`<${About} detail=${detail} />`
  return html`<${ServiceInstances} detail=${detail} />`
}
