import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { ServiceDetail } from '../../../../center/ports.ts'
import type { Contract, ContractOperation } from '../../../../core/browse/contract.ts'
import type { ContractAnswer } from '../../answers.ts'
import { Copy, Empty, Shown } from '../../parts/basics.ts'
import { plural } from '../../parts/format.ts'
import { useApp } from '../../state/app.ts'
import { useLive } from '../../state/live.ts'
import { href } from '../../state/router.ts'
import { Source } from './source.ts'

/** Contracts hardly ever change. */
const LOOK_MS = 15_000

export function Contracts({ detail }: { readonly detail: ServiceDetail }): VNode {
  const { router } = useApp()
  const { schemas, serviceId } = detail
  if (schemas.length === 0) {
    return html`<${Empty} icon="services" title="No contract"><p>This version was registered without one.</p><//>`
  }
  const asked = router.route.value.query.contract
  const chosen =
    schemas.find(({ schemaId }) => schemaId === asked) ?? schemas.find(({ stored }) => stored) ?? schemas[0]
  return html`
    <div class="contracts">
      <nav class="list" aria-label="Contracts">
        ${schemas.map(
          ({ schemaId, stored }) => html`
            <a key=${schemaId} href=${href(['services', serviceId, 'contracts'], { contract: schemaId })} aria-current=${schemaId === chosen?.schemaId ? 'true' : undefined}>
              ${schemaId}${!stored && html`<span class="quiet"> declared only</span>`}
            </a>
          `,
        )}
      </nav>
      <section aria-label="Contract">
        ${
          chosen?.stored === true
            ? html`<${OneContract} key=${chosen.schemaId} serviceId=${serviceId} schemaId=${chosen.schemaId} />`
            : html`<${Empty} title="Declared, and never stored"><p>The service named this contract when it registered. Its text was never sent.</p><//>`
        }
      </section>
    </div>
  `
}

function OneContract({ serviceId, schemaId }: { readonly serviceId: string; readonly schemaId: string }): VNode {
  const path = `/admin/browse/services/${encodeURIComponent(serviceId)}/contracts/${encodeURIComponent(schemaId)}`
  const live = useLive<ContractAnswer>(path, {}, LOOK_MS)
  return html`
    <${Shown} live=${live}>
      ${({ contract, summary = '', text }: ContractAnswer) => html`
        <h2>${contract?.title || schemaId}${contract !== undefined && html` <span class="quiet">${contract.version}</span>`}</h2>
        ${summary !== '' && html`<p class="quiet">Summary <${Copy} text=${summary} shown=${summary.slice(0, 16)} /></p>`}
        ${contract !== undefined && html`<${Operations} contract=${contract} />`}
        <details open=${contract === undefined}>
          <summary>Text, ${plural(text.split('\n').length, 'line')}</summary>
          <${Source} text=${text} />
        </details>
      `}
    <//>
  `
}

const Operations = ({ contract: { operations, basePath } }: { readonly contract: Contract }): VNode => html`
  <p>${plural(operations.length, 'operation')}${basePath !== '' && html` below <code>${basePath}</code>`}</p>
  ${operations.map(operation => html`<${Operation} key=${`${operation.method} ${operation.path}`} operation=${operation} />`)}
`

const Operation = ({ operation }: { readonly operation: ContractOperation }): VNode => {
  const { method, path, operationId, summary, parameters, responses } = operation
  return html`
    <details class="operation">
      <summary><b class=${`verb ${method.toLowerCase()}`}>${method}</b> <code>${path}</code> <span class="quiet">${summary || operationId}</span></summary>
      <div class="columns">
        <div><h3>Takes</h3>
          ${parameters.length === 0 && html`<p class="quiet">nothing</p>`}
          <ul class="plain">${parameters.map(each => html`<li key=${`${each.in} ${each.name}`}><code>${each.name}</code> ${each.type} <span class="quiet">${each.in}${each.required ? ', required' : ''}</span></li>`)}</ul>
        </div>
        <div><h3>Answers</h3>
          <ul class="plain">${responses.map(each => html`<li key=${each.status}><code>${each.status}</code> ${each.type} <span class="quiet">${each.description}</span></li>`)}</ul>
        </div>
      </div>
    </details>
  `
}
