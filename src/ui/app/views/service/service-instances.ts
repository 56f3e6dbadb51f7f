import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { InstanceRow, Page, ServiceDetail } from '../../../../center/ports.ts'
import { Empty, Shown } from '../../parts/basics.ts'
import { filterOf, Pager } from '../../parts/filters.ts'
import { InstanceTable } from '../../parts/instance-table.ts'
import { useApp } from '../../state/app.ts'
import { useLive } from '../../state/live.ts'
import { href } from '../../state/router.ts'

export function ServiceInstances({ detail }: { readonly detail: ServiceDetail }): VNode {
  const { router } = useApp()
  const { environment = '', appId, serviceName, version } = detail.service
  const { page = '' } = router.route.value.query
  const only = { env: environment, appId, serviceName, version }
  const live = useLive<Page<InstanceRow>>('/admin/browse/instances', { ...filterOf({ page }), ...only })
  const why = href(['why'], { service: serviceName, app: appId, env: environment })
  return html`
    <${Shown} live=${live}>
      ${({ total, rows }: Page<InstanceRow>) =>
        rows.length === 0
          ? html`<${Empty} icon="instances" title="No instance is visible here"><p>Ask <a href=${why}>why ${serviceName} is not there</a>.</p><//>`
          : html`<${InstanceTable} rows=${rows} withService=${false} /><${Pager} total=${total} noun=${total === 1 ? 'instance' : 'instances'} />`}
    <//>
  `
}
