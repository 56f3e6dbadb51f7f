import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Facets } from '../../../center/ports.ts'
import type { WhyReport } from '../../../core/why/facts.ts'
import { Shown } from '../parts/basics.ts'
import { environmentText, plural } from '../parts/format.ts'
import { Icon } from '../parts/icons.ts'
import { useApp } from '../state/app.ts'
import { SLOW_LOOK_MS, useLive } from '../state/live.ts'
import { href } from '../state/router.ts'

const NO_ENVIRONMENT = '(none)'
const POLICIES = [
  ['', 'The policy of this node'],
  ['keep', 'keep: show them'],
  ['mark', 'mark: show them as stale'],
  ['hide', 'hide: do not show them'],
] as const

/** Why readers at this node see a service, or do not. The question is in the address. */
export function WhyView(): VNode {
  const { query } = useApp().router.route.value
  const { service = '', from, env, app, version, consumer, unreachable } = query
  const params = {
    ...{ service, from, version, unreachable, appId: app, consumerId: consumer },
    env: env === NO_ENVIRONMENT ? '' : env,
  }
  const live = useLive<WhyReport>(service === '' ? undefined : '/admin/why', params)
  return html`
    <h1>Why</h1>
    <p class="lead">Why do readers at this node see a service, or not? The answer goes from its registration to here.</p>
    <${Question} key=${JSON.stringify(query)} />
    ${service !== '' && html`<${Shown} live=${live}>${(report: WhyReport) => html`<${Report} report=${report} />`}<//>`}
  `
}

function Question(): VNode {
  const { router } = useApp()
  const { query } = router.route.value
  const { data } = useLive<Facets>('/admin/browse/summary', {}, SLOW_LOOK_MS)
  const ask = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    router.go(href(['why'], Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]))))
  }
  const text = (name: string, label: string, hint: string, required = false): VNode => html`
    <label class="row">${label}<input name=${name} defaultValue=${query[name] ?? ''} placeholder=${hint} required=${required} maxlength="512" autocomplete="off" spellcheck=${false} data-search=${required ? '' : undefined} /></label>
  `
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[]): VNode => html`
    <label class="row">${label}<select name=${name}>${options.map(([value, shown]) => html`<option key=${value} value=${value} selected=${value === (query[name] ?? '')}>${shown}</option>`)}</select></label>
  `
  const clusters = new Set([...(data?.clusters ?? []).map(({ name }) => name), ...(query.from ? [query.from] : [])])
  const environments = (data?.environments ?? []).filter(name => name !== '')
  return html`
    <form class="question" onSubmit=${ask}>
      ${text('service', 'Service', 'Name, alias or id', true)}
      ${choice('from', 'Registered in', [['', 'any cluster'], ...[...clusters].sort().map(name => [name, name] as const)])}
      ${choice('env', 'Environment', [['', 'any'], [NO_ENVIRONMENT, environmentText('')], ...environments.map(name => [name, name] as const)])}
      ${text('app', 'Application', 'any')}
      ${text('version', 'Version', 'any')}
      ${text('consumer', 'Asked by', 'id of the consumer')}
      ${choice('unreachable', 'Of unreachable clusters', POLICIES)}
      <button type="submit" class="primary">Ask</button>
    </form>
  `
}

function Report({ report }: { readonly report: WhyReport }): VNode {
  const { visible, cause, summary, chain, next, instances } = report
  return html`
    <section class=${`verdict ${visible ? 'good' : 'bad'}`} aria-label="Answer">
      <${Icon} name=${visible ? 'check' : 'problems'} size=${22} />
      <div>
        <h2>${visible ? 'Visible' : 'Not visible'} <code class="cause">${cause}</code></h2>
        <p>${summary}</p>
        <p class="quiet">${plural(instances.shown, 'instance')} shown, ${instances.hidden} hidden</p>
      </div>
    </section>
    ${next !== '' && html`<section class="next" aria-label="Next step"><h2>What to do</h2><p>${next}</p></section>`}
    ${
      chain.length > 0 &&
      html`<h2>From the registration to here</h2>
      <ol class="chain">
        ${chain.map(({ ok, text }, i) => html`<li key=${i} class=${ok ? 'good' : 'bad'}><${Icon} name=${ok ? 'check' : 'close'} size=${14} /><span><span class="unseen">${ok ? 'Fine: ' : 'Here it ends: '}</span>${text}</span></li>`)}
      </ol>`
    }
  `
}
