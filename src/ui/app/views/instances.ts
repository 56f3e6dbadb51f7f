import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { InstanceRow, Page } from '../../../center/ports.ts'
import { Empty, Shown } from '../parts/basics.ts'
import { Filters, filterOf, Pager } from '../parts/filters.ts'
import { InstanceTable } from '../parts/instance-table.ts'
import { useApp } from '../state/app.ts'
import { useLive } from '../state/live.ts'
import { href } from '../state/router.ts'

const STATES = ['UP', 'DOWN', 'STARTING', 'OUTOFSERVICE', 'TESTING', 'stale']

export function InstancesView(): VNode {
  const { router } = useApp()
  const { query } = router.route.value
  const live = useLive<Page<InstanceRow>>('/admin/browse/instances', filterOf(query))
  return html`
    <h1>Instances</h1>
    <${Filters} label="Search services, applications, instances" states=${STATES} />
    <${Shown} live=${live}>
      ${({ total, rows }: Page<InstanceRow>) =>
        rows.length === 0
          ? html`<${NoInstances} text=${query.text ?? ''} />`
          : html`<${InstanceTable} rows=${rows} withService=${true} /><${Pager} total=${total} noun=${total === 1 ? 'instance' : 'instances'} />`}
    <//>
  `
}

const NoInstances = ({ text }: { readonly text: string }): VNode => html`
  <${Empty} icon="instances" title="No instance fits">
    <p>Widen the filter${text !== '' && html`, or ask <a href=${href(['why'], { service: text })}>why ${text} is not there</a>`}.</p>
  <//>
`
