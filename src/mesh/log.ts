/** What the mesh asks of a logger; pino's has this shape. Fields first, then a constant message. */
export interface MeshLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
