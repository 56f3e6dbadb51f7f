import { CatalogError } from '../../../core/errors.ts'
import { type Shape, ShapeError } from './shape.ts'

/**
 * How a handler reports a body it cannot decode: with the decoder's own words, or, where the reference does not care to
 * say, with one constant.
 */
export type Complaint = 'decoder' | { readonly constant: string }

/** Bodies of instance, heartbeat and batch routes. */
export const UNMARSHAL_ERROR: Complaint = { constant: 'Unmarshal error' }

/**
 * Decodes a body. A body `null` is an empty struct, an empty body an error. Throws INVALID_PARAMS. Rules are a second
 * step (`checked`), since defaults come between the two.
 */
export function decode<T>(shape: Shape<T>, body: string | undefined, complaint: Complaint = 'decoder'): T {
  try {
    const value = parse(body ?? '')
    return shape.decode(value ?? {}, undefined)
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    throw new CatalogError('INVALID_PARAMS', complaint === 'decoder' ? error.message : complaint.constant)
  }
}

/** The value again, when it keeps the rules. Throws INVALID_PARAMS with the first that it breaks. */
export function checked<T, V extends T>(shape: Shape<T>, value: V): V {
  const broken = shape.check(value)
  if (broken !== undefined) throw new CatalogError('INVALID_PARAMS', broken)
  return value
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new ShapeError(goMessage(body, error instanceof Error ? error.message : ''))
  }
}

/** V8's complaint in Go's words, as clients' logs know them. */
function goMessage(body: string, message: string): string {
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? body.length)
  const character = (/^Unexpected token '(.+?)',/su.exec(message) ??
    /(.)/su.exec(body.slice(position, position + 2)))?.[1]
  if (character === undefined) return 'unexpected end of JSON input'
  const place = message.includes('after JSON') ? 'after top-level value' : 'looking for beginning of value'
  return `invalid character '${character}' ${place}`
}
