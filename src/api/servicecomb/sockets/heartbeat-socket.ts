import type { WebSocket } from 'ws'
import { heartbeat, type InstanceName } from '../../../core/commands/heartbeat.ts'
import { CatalogError } from '../../../core/errors.ts'
import type { Scope } from '../../../core/model.ts'
import type { Context } from '../route.ts'

/** The instance does not exist: it should register again. */
export const INSTANCE_GONE = 4001

const REASON = 'heartbeat reporting failed because the instance does not exist'

export const closeGone = (socket: WebSocket): void => socket.close(INSTANCE_GONE, REASON)

/** Counts every pong as a heartbeat, and closes the socket when there is nobody left to hear. */
export function hearPongs({ catalog, deps }: Context, scope: Scope, name: InstanceName, socket: WebSocket): void {
  socket.on('pong', () => {
    catalog.execute(heartbeat(scope, name.serviceId, name.instanceId)).catch(error => {
      if (error instanceof CatalogError && error.code === 'INSTANCE_NOT_FOUND') closeGone(socket)
      else deps.log.error({ err: error, ...name }, 'heartbeat of a socket failed')
    })
  })
}
