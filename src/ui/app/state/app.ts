import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Client, UiPermission } from './client.ts'
import type { PageConfig } from './config.ts'
import type { Notices } from './notices.ts'
import type { Router } from './router.ts'
import type { Session } from './session.ts'
import type { Theme } from './theme.ts'

/** Everything that views share. */
export interface App {
  readonly config: PageConfig
  readonly router: Router
  readonly session: Session
  readonly client: Client
  readonly theme: Theme
  readonly notices: Notices
  /** Of whoever is signed in; empty without RBAC, where nobody may change anything here. */
  readonly permissions: Signal<readonly UiPermission[]>
  /** Unix milliseconds, once a second, for ages. */
  readonly now: ReadonlySignal<number>
}

const AppContext = createContext<App | undefined>(undefined)

export const AppProvider = AppContext.Provider

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === undefined) throw new Error('a view outside the application')
  return app
}

/** The present time, once a second. */
export function ticking(): ReadonlySignal<number> {
  const now = signal(Date.now())
  setInterval(() => {
    if (!document.hidden) now.value = Date.now()
  }, 1_000)
  return now
}

/** Whether the signed-in account may do this with a service. The node decides; this is about what is offered. */
export function may(
  permissions: readonly UiPermission[],
  type: string,
  verb: string,
  service: Readonly<Record<string, string>>,
): boolean {
  return permissions.some(
    ({ resources, verbs }) =>
      (verbs.includes('*') || verbs.includes(verb)) &&
      resources.some(
        resource =>
          resource.type === type &&
          Object.entries(resource.labels ?? {}).every(([label, value]) => service[label] === value),
      ),
  )
}
