import assert from 'node:assert/strict'
import { CatalogError, type ErrorCode } from '../../src/core/errors.ts'

/** The refusal, which must come and have this code. */
export async function refused(code: ErrorCode, run: () => unknown): Promise<CatalogError> {
  try {
    await run()
  } catch (error) {
    assert.ok(error instanceof CatalogError, `not a refusal: ${error}`)
    assert.equal(error.code, code, error.message)
    return error
  }
  assert.fail(`not refused: ${code}`)
}
