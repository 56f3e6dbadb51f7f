import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'

/**
 * One line of the log for each write, where RBAC is enabled: who, what, from where, and how it was answered. Bodies and
 * queries are left out, since they may hold passwords; heartbeats, because they write nothing.
 */
export function audit({ deps, rbac }: Context, route: Route, call: Call, status: number): void {
  if (rbac === undefined || route.method === 'GET' || route.path.includes('heartbeat')) return
  const [path] = call.url.split('?')
  const account = call.access?.account ?? ''
  const { address, requestId } = call
  deps.log.info({ requestId, account, method: route.method, path, address, status }, 'audit')
}
