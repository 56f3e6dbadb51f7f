import type { Context, Route } from '../servicecomb/route.ts'
import { accountRoutes } from './accounts.ts'
import type { Authenticator } from './authenticator.ts'
import { roleRoutes } from './roles.ts'
import { sessionRoutes } from './sessions.ts'

/** Routes that are there only where RBAC is enabled. */
export const rbacRoutes = (context: Context, rbac: Authenticator): readonly Route[] => [
  ...sessionRoutes(context, rbac),
  ...accountRoutes(context, rbac),
  ...roleRoutes(context, rbac),
]
