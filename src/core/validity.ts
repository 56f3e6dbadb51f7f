import type { Catalog } from './catalog.ts'
import { parseKey } from './keys.ts'
import type { Epoch } from './model.ts'
import { isWellFormed } from './records.ts'
import type { Write } from './wire.ts'

/** Why a write from elsewhere must not be applied, or undefined. Unknown kinds pass: they are carried, and inert. */
export const refusalOf = (write: Write, ownEpoch: Epoch, catalog: Catalog): string | undefined => {
  if (write.epoch === ownEpoch && !catalog.context.covers(write.epoch, write.seq))
    return 'a dot of this start that was never drawn'
  if (write.value === undefined) return undefined
  const key = parseKey(write.key)
  return key === undefined || isWellFormed(key, write.value) ? undefined : `malformed ${key.kind}`
}
