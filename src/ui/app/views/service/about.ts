import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { ServiceDetail } from '../../../../center/ports.ts'
import { Cluster, Facts, Scroll } from '../../parts/basics.ts'
import { dateTime, secondsText } from '../../parts/format.ts'
import { Properties } from '../../parts/properties.ts'

/** Who registered it where, and how it describes itself. */
export function About({ detail }: { readonly detail: ServiceDetail }): VNode {
  const { service, domain, project, registrations, tags } = detail
  const { framework, registerBy, level, paths = [], properties = {} } = service
  return html`
    <h2>Registrations</h2>
    <${Scroll} label="Registrations">
      <table>
        <thead><tr><th scope="col">Cluster</th><th scope="col">At</th><th scope="col">By the node</th><th scope="col" class="number">Instances</th></tr></thead>
        <tbody>${registrations.map(each => html`<tr key=${each.cluster}><th scope="row"><${Cluster} name=${each.cluster} /></th><td>${dateTime(each.atMs)}</td><td>${each.node ?? 'one that has been restarted since'}</td><td class="number">${each.instances}</td></tr>`)}</tbody>
      </table>
    <//>
    <div class="columns">
      <section><h2>Description</h2>
        <${Facts}
          rows=${[
            ['Domain', domain],
            ['Project', project],
            ['Level', level],
            ['Status', service.status],
            [
              'Framework',
              framework === undefined ? 'not told' : `${framework.name ?? ''} ${framework.version ?? ''}`.trim(),
            ],
            ['Registered by', registerBy ?? 'not told'],
            ['Paths', paths.map(({ path }) => path).join(', ') || 'none'],
            ['Registered', secondsText(service.timestamp)],
            ['Changed', secondsText(service.modTimestamp)],
          ]}
        />
      </section>
      <section><h2>Tags</h2><${Properties} of=${tags} /></section>
      <section><h2>Properties</h2><${Properties} of=${properties} /></section>
    </div>
  `
}
