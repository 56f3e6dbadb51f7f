import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { PeersView } from '../../center/ports.ts'
import { KEYS, Keyboard } from './keyboard.ts'
import { Dialog } from './parts/dialog.ts'
import { time } from './parts/format.ts'
import { Icon, type IconName } from './parts/icons.ts'
import { type App, useApp } from './state/app.ts'
import { accountOf } from './state/session.ts'
import { THEMES } from './state/theme.ts'
import { useProblems, WatchedProvider } from './views/problems/use-problems.ts'
import { pathOf, VIEWS, viewOf } from './views/views.ts'

/** The frame around every view: who this node is, where to go, and whether it answers. */
export function Shell(): VNode {
  const app = useApp()
  const { path } = app.router.route.value
  const view = viewOf(path)
  const watched = useProblems()
  const { problems, peers } = watched
  const focusMain = (): void => document.querySelector<HTMLElement>('main')?.focus()
  return html`
    <div class="app">
      <button type="button" class="skip" onClick=${focusMain}>Skip to the content</button>
      <header class="bar">
        <a class="brand" href="#/"><${Grapes} />Grapevine</a>
        <${Whereabouts} peers=${peers} />
        <${Pulse} />
        <span class="spacer"></span>
        <${ScopeButton} />
        <${ThemeButton} />
        <${HelpButton} />
        <${Account} />
      </header>
      <nav class="side" aria-label="Views">
        ${VIEWS.map(
          each => html`
            <a key=${each.id} href=${pathOf(each.id)} aria-current=${each === view ? 'page' : undefined}>
              <${Icon} name=${each.id as IconName} />
              <span>${each.title}</span>
              ${each.id === 'problems' && problems.length > 0 && html`<b class="number" aria-label=${`${problems.length} problems`}>${problems.length}</b>`}
            </a>
          `,
        )}
        <span class="version">Grapevine ${app.config.version}</span>
      </nav>
      <main tabindex="-1" aria-label=${view.title}>
        <${WatchedProvider} value=${watched}><${view.component} key=${view.id} rest=${path.slice(1)} /><//>
      </main>
      <${NoticeList} />
      <${Keyboard} />
    </div>
  `
}

const Grapes = (): VNode => html`
  <svg class="grapes" width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
    <path d="M16 9c0-3 2-5 5-6" />
    <circle cx="9" cy="13" r="4.4" /><circle cx="16" cy="13" r="4.4" /><circle cx="23" cy="13" r="4.4" />
    <circle cx="12.5" cy="19.5" r="4.4" /><circle cx="19.5" cy="19.5" r="4.4" /><circle cx="16" cy="26" r="4.4" />
  </svg>
`

function Whereabouts({ peers }: { readonly peers: PeersView | undefined }): VNode | null {
  const self = peers?.peers.find(({ state }) => state === 'self')
  if (peers === undefined || self === undefined) return null
  return html`<span class="whereabouts"><b>${self.name}</b><span class="quiet"> in ${peers.cluster}</span></span>`
}

/** Whether what is shown is the present. */
function Pulse(): VNode {
  const { client } = useApp()
  const { ok, atMs } = client.answered.value
  return ok
    ? html`<span class="pulse"><i></i><span class="narrow-hidden">Live</span></span>`
    : html`<span class="pulse lost" role="status"><i></i>No answer since ${time(atMs)}</span>`
}

function ThemeButton(): VNode {
  const { theme } = useApp()
  const name = theme.name.value
  const next = THEMES[(THEMES.indexOf(name) + 1) % THEMES.length] ?? 'system'
  const icon: IconName = name === 'system' ? 'system' : name === 'dark' ? 'moon' : 'sun'
  return html`
    <button type="button" class="bare" onClick=${() => theme.choose(next)} aria-label=${`Colours: ${name}. Change to ${next}`} title=${`Colours: ${name}`}>
      <${Icon} name=${icon} />
    </button>
  `
}

function HelpButton(): VNode {
  const [open, setOpen] = useState(false)
  return html`
    <button type="button" class="bare narrow-hidden" data-help onClick=${() => setOpen(true)} aria-label="Keys" title="Keys (?)"><${Icon} name="keyboard" /></button>
    ${
      open &&
      html`<${Dialog} title="Keys" onClose=${() => setOpen(false)}>
        <dl class="keys">${KEYS.map(([key, what]) => html`<div key=${key}><dt>${key.split(' ').map(part => html`<kbd>${part}</kbd> `)}</dt><dd>${what}</dd></div>`)}</dl>
      <//>`
    }
  `
}

function ScopeButton(): VNode {
  const { session } = useApp()
  const [open, setOpen] = useState(false)
  const { domain, project } = session.scope.value
  const choose = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const text = (name: string): string => String(form.get(name) ?? '').trim() || 'default'
    session.look({ domain: text('domain'), project: text('project') })
    setOpen(false)
  }
  return html`
    <button type="button" class="bare scope" onClick=${() => setOpen(true)} title="Domain and project" aria-label=${`${domain}/${project}: domain and project. Change`}>
      <${Icon} name="scope" /><span class="narrow-hidden">${domain}/${project}</span>
    </button>
    ${
      open &&
      html`<${Dialog} title="Which part of the catalog" onClose=${() => setOpen(false)}>
        <form onSubmit=${choose}>
          <label class="row">Domain <input name="domain" defaultValue=${domain} maxlength="256" /></label>
          <label class="row">Project <input name="project" defaultValue=${project} maxlength="256" /></label>
          <div class="dialog-actions"><button type="submit" class="primary">Look there</button></div>
        </form>
      <//>`
    }
  `
}

function Account(): VNode | null {
  const { config, session }: App = useApp()
  if (!config.rbac)
    return html`<span class="badge quiet narrow-hidden" title="Accounts are off (rbac.enable), so nothing can be changed here">Read only</span>`
  return html`
    <span class="account narrow-hidden">${accountOf(session.token.value)}</span>
    <button type="button" class="bare" onClick=${() => session.signOut()} aria-label="Sign out" title="Sign out"><${Icon} name="out" /></button>
  `
}

function NoticeList(): VNode {
  const { notices } = useApp()
  return html`
    <div class="notices" role="status" aria-live="polite">
      ${notices.list.value.map(
        ({ id, kind, text }) => html`
          <div key=${id} class=${`notice ${kind}`}>
            <${Icon} name=${kind === 'good' ? 'check' : 'problems'} /><span>${text}</span>
            <button type="button" class="bare" onClick=${() => notices.dismiss(id)} aria-label="Dismiss"><${Icon} name="close" size=${13} /></button>
          </div>
        `,
      )}
    </div>
  `
}
