import { type KeyObject, sign, verify } from 'node:crypto'
import { CatalogError } from '../../core/errors.ts'
import { KIND } from './key-ring.ts'

/** Clocks of two nodes may differ that much before a fresh token is taken for one of the future. */
const LEEWAY_S = 60
/** Tokens that were checked before. */
const CHECKED_MAX = 10_000
const TOKEN_LENGTH_MAX = 8_192
/** In the reference's words; also for a key that nobody has told of. */
const BAD_SIGNATURE = 'crypto/rsa: verification error'

export interface Claims {
  readonly account: string
  readonly roles: readonly string[]
  /** Of the account: one that is created anew under the same name is another. */
  readonly generation: string
}

interface Checked extends Claims {
  readonly expiresS: number
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const unauthorized = (detail: string): CatalogError => new CatalogError('UNAUTHORIZED', detail)

/** JSON web tokens, signed with RS256. */
export class Tokens {
  readonly #keys: { readonly id: string; readonly signing: KeyObject; find(id: string): KeyObject | undefined }
  readonly #wallMs: () => number
  readonly #checked = new Map<string, Checked>()

  constructor(
    keys: { readonly id: string; readonly signing: KeyObject; find(id: string): KeyObject | undefined },
    wallMs: () => number,
  ) {
    this.#keys = keys
    this.#wallMs = wallMs
  }

  sign({ account, roles, generation }: Claims, lifeMs: number): string {
    const nowS = Math.floor(this.#wallMs() / 1000)
    const header = encode({ alg: 'RS256', typ: 'JWT', kid: this.#keys.id })
    const claims = { account, roles, gen: generation, iat: nowS, exp: nowS + Math.floor(lifeMs / 1000) }
    const signed = `${header}.${encode(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#keys.signing).toString('base64url')}`
  }

  /** Throws UNAUTHORIZED for anything but a token of ours, and TOKEN_EXPIRED. */
  check(token: string): Claims {
    const checked = this.#checked.get(token) ?? this.#remember(token, this.#verify(token))
    if (checked.expiresS * 1000 <= this.#wallMs()) throw new CatalogError('TOKEN_EXPIRED')
    return checked
  }

  #remember(token: string, checked: Checked): Checked {
    if (this.#checked.size >= CHECKED_MAX) this.#checked.clear()
    this.#checked.set(token, checked)
    return checked
  }

  #verify(token: string): Checked {
    const segments = token.split('.')
    if (segments.length !== 3) throw unauthorized('token contains an invalid number of segments')
    if (token.length > TOKEN_LENGTH_MAX) throw unauthorized('token is too long')
    const [header = '', payload = '', signature = ''] = segments
    const { alg, kid } = parse(header)
    // The algorithm is ours to choose, not the token's.
    if (alg !== 'RS256' || typeof kid !== 'string') throw unauthorized('signing method is invalid')
    const key = this.#keys.find(kid)
    if (key === undefined) {
      const missing = [{ kind: 'document', id: `${KIND}/${kid}` }] as const
      throw new CatalogError('UNAUTHORIZED', BAD_SIGNATURE, missing)
    }
    const good = verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
    if (!good) throw unauthorized(BAD_SIGNATURE)
    return this.#read(parse(payload))
  }

  #read({ account, roles, gen, iat, exp }: Readonly<Record<string, unknown>>): Checked {
    if (typeof account !== 'string' || typeof gen !== 'string' || !Array.isArray(roles)) {
      throw unauthorized('token contains no valid roles')
    }
    if (typeof exp !== 'number' || typeof iat !== 'number') throw unauthorized('token has no times')
    // As in the reference, one that is not valid yet is as good as one that is not any more.
    if (iat * 1000 > this.#wallMs() + LEEWAY_S * 1000) throw new CatalogError('TOKEN_EXPIRED')
    const names = roles.filter(role => typeof role === 'string')
    return { account, generation: gen, roles: names, expiresS: exp }
  }
}

function parse(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw unauthorized('token is malformed')
}
