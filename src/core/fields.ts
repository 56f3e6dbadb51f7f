/** What the fields of records have in common. */
import { isRecord, type Packed, packValue, type Row, unpackValue } from './wire.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Decodes a value; undefined when it is no map. */
export const fieldsOf = (packed: Packed): Fields | undefined => {
  const value = unpackValue(packed)
  return isRecord(value) ? value : undefined
}

/** The new fields over those of the version they replace: unknown ones live on. */
export const rewrite = (fields: Fields | Row, replaced: Packed | undefined): Packed => {
  const before = replaced === undefined ? undefined : unpackValue(replaced)
  if (isRow(fields)) return packValue(isRow(before) ? [...fields, ...before.slice(fields.length)] : fields)
  return packValue(isRecord(before) ? { ...before, ...fields } : fields)
}

export const isRow = (value: unknown): value is Row => Array.isArray(value)

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)
export const optionalText = (value: unknown): boolean => value === undefined || value === null || isText(value)
