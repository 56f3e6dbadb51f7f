import type { Context, Route } from '../servicecomb/route.ts'
import { browseRoutes } from './browse.ts'
import { eventRoutes } from './events.ts'
import { peerRoutes } from './peers.ts'
import { whyRoutes } from './why.ts'

/** What operators ask of a node, and the reference does not know. */
export const operatorRoutes = (context: Context): readonly Route[] => [
  ...browseRoutes(context),
  ...whyRoutes(context),
  ...peerRoutes(context),
  ...eventRoutes(context),
]
