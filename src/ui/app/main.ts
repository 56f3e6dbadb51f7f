import { effect, type Signal, signal } from '@preact/signals'
import { html, render } from 'htm/preact'
import type { VNode } from 'preact'
import { Shell } from './shell.ts'
import { type App, AppProvider, ticking } from './state/app.ts'
import { Client, type UiPermission } from './state/client.ts'
import { readConfig } from './state/config.ts'
import { Notices } from './state/notices.ts'
import { Router } from './state/router.ts'
import { Session } from './state/session.ts'
import { Theme } from './state/theme.ts'
import { LoginView } from './views/login.ts'

function createApp(): App {
  const config = readConfig(document)
  const session = new Session(sessionStorage)
  const client = new Client(session)
  return {
    config,
    session,
    client,
    router: new Router(window),
    theme: new Theme(localStorage, document.documentElement),
    notices: new Notices(),
    permissions: config.rbac ? permissionsOf(session, client) : signal([]),
    now: ticking(),
  }
}

/** Asked for anew for whoever signs in. */
function permissionsOf(session: Session, client: Client): Signal<readonly UiPermission[]> {
  const permissions = signal<readonly UiPermission[]>([])
  effect(() => {
    permissions.value = []
    if (session.token.value === '') return undefined
    const stop = new AbortController()
    client.permissions(stop.signal).then(
      list => {
        permissions.value = list
      },
      // Without them nothing is offered; the views say themselves what they may not show.
      () => undefined,
    )
    return () => stop.abort()
  })
  return permissions
}

const Root = ({ app }: { readonly app: App }): VNode =>
  app.config.rbac && app.session.token.value === '' ? html`<${LoginView} />` : html`<${Shell} />`

const app = createApp()
const place = document.getElementById('app')
if (place !== null) {
  place.textContent = ''
  render(html`<${AppProvider} value=${app}><${Root} app=${app} /><//>`, place)
}
