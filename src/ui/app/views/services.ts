import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Page, ServiceRow } from '../../../center/ports.ts'
import { Clusters, Empty, Scroll, Shown } from '../parts/basics.ts'
import { Filters, filterOf, Pager } from '../parts/filters.ts'
import { count, environmentText } from '../parts/format.ts'
import { Health } from '../parts/health.ts'
import { useApp } from '../state/app.ts'
import { useLive } from '../state/live.ts'
import { href } from '../state/router.ts'
import { ServiceView } from './service/service.ts'

const STATES = ['UP', 'DOWN', 'STARTING', 'OUTOFSERVICE', 'TESTING', 'stale', 'none']

/** The list, or one of them. */
export const ServicesView = ({ rest }: { readonly rest: readonly string[] }): VNode => {
  const [id, tab = 'instances'] = rest
  return id === undefined ? html`<${ServiceList} />` : html`<${ServiceView} key=${id} id=${id} tab=${tab} />`
}

function ServiceList(): VNode {
  const { router } = useApp()
  const live = useLive<Page<ServiceRow>>('/admin/browse/services', filterOf(router.route.value.query))
  return html`
    <h1>Services</h1>
    <${Filters} label="Search services, applications, instances" states=${STATES} />
    <${Shown} live=${live}>
      ${({ total, rows }: Page<ServiceRow>) =>
        rows.length === 0
          ? html`<${NoServices} />`
          : html`<${ServiceTable} rows=${rows} /><${Pager} total=${total} noun=${total === 1 ? 'service' : 'services'} />`}
    <//>
  `
}

function NoServices(): VNode {
  const { text = '' } = useApp().router.route.value.query
  return html`
    <${Empty} icon="services" title="No service fits">
      <p>Widen the filter${text !== '' && html`, or ask <a href=${href(['why'], { service: text })}>why ${text} is not there</a>`}.</p>
    <//>
  `
}

const VERSIONS_SHOWN = 3

const ServiceTable = ({ rows }: { readonly rows: readonly ServiceRow[] }): VNode => html`
  <${Scroll} label="Services">
    <table>
      <thead><tr>
        <th scope="col">Service</th><th scope="col" class="c-mid">Application</th><th scope="col" class="c-mid">Environment</th>
        <th scope="col">Versions</th><th scope="col">Clusters</th><th scope="col" class="number">Instances</th><th scope="col" class="c-wide">Health</th>
      </tr></thead>
      <tbody>${rows.map(row => html`<${Row} key=${`${row.environment} ${row.appId} ${row.serviceName}`} row=${row} />`)}</tbody>
    </table>
  <//>
`

function Row({ row }: { readonly row: ServiceRow }): VNode {
  const latest = row.versions.at(-1)
  return html`
    <tr>
      <th scope="row"><a href=${href(['services', latest?.serviceId ?? ''])}>${row.serviceName}</a></th>
      <td class="c-mid">${row.appId}</td>
      <td class="c-mid"><span class=${row.environment === '' ? 'quiet' : ''}>${environmentText(row.environment)}</span></td>
      <td class="chips">
        ${row.versions
          .slice(-VERSIONS_SHOWN)
          .map(
            ({ version, serviceId }) =>
              html`<a key=${serviceId} class="chip" href=${href(['services', serviceId])}>${version}</a>`,
          )}
        ${row.versions.length > VERSIONS_SHOWN && html`<span class="quiet">+${row.versions.length - VERSIONS_SHOWN}</span>`}
      </td>
      <td><${Clusters} names=${row.clusters} /></td>
      <td class="number">${count(row.instances)}</td>
      <td class="c-wide"><${Health} up=${row.up} stale=${row.stale} all=${row.instances} /></td>
    </tr>
  `
}
