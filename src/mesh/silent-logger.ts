import type { ComponentLogger, Logger } from '@libp2p/interface'

/**
 * libp2p formats several debug lines for every frame, which costs more than the frame, and writes where an operator does
 * not look. What matters of it arrives here as events and errors, and is logged by the mesh.
 */
export function silentLogger(): ComponentLogger {
  const nothing = (): void => {}
  const logger: Logger = Object.assign(nothing, {
    error: nothing,
    trace: nothing,
    enabled: false,
    newScope: () => logger,
  })
  return { forComponent: () => logger }
}
