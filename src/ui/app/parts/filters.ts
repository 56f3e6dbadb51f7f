import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Facets } from '../../../center/ports.ts'
import { useApp } from '../state/app.ts'
import type { Params } from '../state/client.ts'
import { SLOW_LOOK_MS, useLive } from '../state/live.ts'
import type { Query } from '../state/router.ts'
import { count, environmentText } from './format.ts'
import { Icon } from './icons.ts'
import { statusText } from './states.ts'

export const PAGE_SIZE = 50

/** What is typed is asked for after so much silence. */
const TYPING_MS = 120

/** A choice that means "whatever", which is not the same as an empty environment. */
const NO_ENVIRONMENT = '(none)'

/** The filter in the address, as the node wants it. */
export function filterOf(query: Query): Params {
  const { text, cluster, env, app, version, state, page = '1' } = query
  const number = Math.max(1, Math.trunc(Number(page)) || 1)
  const environment = env === NO_ENVIRONMENT ? '' : given(env)
  return {
    ...{ text: given(text), cluster: given(cluster), appId: given(app), version: given(version), state: given(state) },
    ...{ env: environment, offset: (number - 1) * PAGE_SIZE, limit: PAGE_SIZE },
  }
}

/** An empty field asks for nothing. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

/** Search and filters of a list. They live in the address, so that a view can be sent to somebody. */
export function Filters(props: { readonly label: string; readonly states: readonly string[] }): VNode {
  const { router } = useApp()
  const { query } = router.route.value
  const { data } = useLive<Facets>('/admin/browse/summary', {}, SLOW_LOOK_MS)
  const set = (name: string) => (value: string) => router.refine({ [name]: value, page: '' })
  const environments = (data?.environments ?? []).map(
    name => [name === '' ? NO_ENVIRONMENT : name, environmentText(name)] as const,
  )
  const named = (names: readonly string[]) => names.map(name => [name, name] as const)
  const isFiltered = ['text', 'cluster', 'env', 'app', 'version', 'state'].some(name => (query[name] ?? '') !== '')
  const clear = (): void => router.refine({ text: '', cluster: '', env: '', app: '', version: '', state: '', page: '' })
  return html`
    <form class="filters" role="search" aria-label=${props.label} onSubmit=${(event: Event) => event.preventDefault()}>
      <${SearchBox} label=${props.label} value=${query.text ?? ''} onChange=${set('text')} />
      <${Choice} label="Cluster" any="All clusters" value=${query.cluster} onChange=${set('cluster')}
        options=${named((data?.clusters ?? []).map(({ name }) => name).sort())} />
      <${Choice} label="Environment" any="All environments" value=${query.env} onChange=${set('env')}
        options=${environments} />
      <${Choice} label="Application" any="All applications" value=${query.app} onChange=${set('app')}
        options=${named(data?.apps ?? [])} />
      <${Typed} label="Version" value=${query.version ?? ''} onChange=${set('version')} />
      <${Choice} label="State" any="All states" value=${query.state} onChange=${set('state')}
        options=${props.states.map(state => [state, statusText(state)] as const)} />
      ${isFiltered && html`<button type="button" class="bare" onClick=${clear}><${Icon} name="close" size=${13} /> Clear</button>`}
    </form>
  `
}

/** What is typed is kept here at once and told after a pause. */
function useTyped(value: string, onChange: (value: string) => void) {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  useEffect(() => {
    // Changed from outside, by a link or "clear".
    if (value === told.current) return
    told.current = value
    setTyped(value)
  }, [value])
  useEffect(() => {
    if (typed === told.current) return undefined
    const timer = setTimeout(() => {
      told.current = typed
      onChange(typed)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return { value: typed, onInput: (event: Event) => setTyped((event.target as HTMLInputElement).value) }
}

export function SearchBox(props: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}): VNode {
  return html`
    <label class="search">
      <${Icon} name="search" />
      <span class="unseen">${props.label}</span>
      <input type="search" placeholder=${props.label} data-search maxlength="256" autocomplete="off" spellcheck=${false}
        ...${useTyped(props.value, props.onChange)} />
    </label>
  `
}

export function Typed(props: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}): VNode {
  return html`
    <label class="field">
      <span class="unseen">${props.label}</span>
      <input type="text" placeholder=${props.label} maxlength="64" autocomplete="off" spellcheck=${false}
        ...${useTyped(props.value, props.onChange)} />
    </label>
  `
}

export function Choice(props: {
  readonly label: string
  readonly any: string
  readonly value: string | undefined
  readonly options: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}): VNode {
  const { label, any, value = '', options } = props
  // What the address asks for is shown even where nobody knows it (any more).
  const all = value === '' || options.some(([name]) => name === value) ? options : [...options, [value, value] as const]
  const onChange = (event: Event): void => props.onChange((event.target as HTMLSelectElement).value)
  return html`
    <label class=${value === '' ? 'field' : 'field chosen'}>
      <span class="unseen">${label}</span>
      <select value=${value} onChange=${onChange}>
        <option value="" selected=${value === ''}>${any}</option>
        ${all.map(([name, text]) => html`<option key=${name} value=${name} selected=${name === value}>${text}</option>`)}
      </select>
    </label>
  `
}

/** Which part of how many is shown, and the way to the next. */
export function Pager({ total, noun }: { readonly total: number; readonly noun: string }): VNode {
  const { router } = useApp()
  const page = Math.max(1, Math.trunc(Number(router.route.value.query.page)) || 1)
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE))
  const to = (number: number) => () => router.refine({ page: number <= 1 ? '' : String(number) })
  const from = total === 0 ? 0 : (page - 1) * PAGE_SIZE + 1
  return html`
    <nav class="pager" aria-label=${`Pages of ${noun}`}>
      <span role="status">${count(from)}–${count(Math.min(total, page * PAGE_SIZE))} of ${count(total)} ${noun}</span>
      <button type="button" onClick=${to(page - 1)} disabled=${page <= 1} aria-label="Previous page"><${Icon} name="previous" /></button>
      <span class="quiet">${count(page)} / ${count(last)}</span>
      <button type="button" onClick=${to(page + 1)} disabled=${page >= last} aria-label="Next page"><${Icon} name="next" /></button>
    </nav>
  `
}
