/** Why a data directory cannot be used: one sentence that says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
