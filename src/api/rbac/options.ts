export interface RbacOptions {
  readonly enabled: boolean
  /** Root's password until it is changed through the API; empty: there is no root until somebody stores one. */
  readonly rootPassword: string
  /** Types of resources that need a token at all; `*`: all. Roles and accounts always do. */
  readonly scope: readonly string[]
  /** How long whoever has guessed passwords is kept out. */
  readonly releaseAfterMs: number
  /** How long wrong guesses count. */
  readonly retainMs: number
}

export const DEFAULT_RBAC: RbacOptions = {
  enabled: false,
  rootPassword: '',
  scope: ['*'],
  releaseAfterMs: 15 * 60_000,
  retainMs: 20 * 60_000,
}
