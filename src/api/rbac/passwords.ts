import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** 16 MiB for each guess, and some 50 ms: what makes a stolen hash expensive. */
const COST = { N: 16_384, r: 8, p: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
/** Hashes computed at the same time; each holds its memory and a thread of the pool. */
const CONCURRENCY = 2
/** Requests that wait for a hash. More at the same time are an attack, and are refused. */
const WAITING_MAX = 64

const compute = (password: string, salt: Buffer, { N, r, p }: typeof COST): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })

/** Makes passwords into something that can be kept, and tells whether a password made it. */
export class Passwords {
  readonly #refused: () => Error
  readonly #waiting: (() => void)[] = []
  #running = 0
  /** Of no password: unknown accounts take as long as known ones. */
  readonly #nobody = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

  /** `refused`: what is thrown when too many are waiting. */
  constructor(refused: () => Error) {
    this.#refused = refused
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const key = await this.#turn(() => compute(password, salt, COST))
    return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
  }

  /** `hash` undefined: there is no such account. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const [scheme, N, r, p, salt = '', key = ''] = (hash ?? this.#nobody).split('$')
    const expected = Buffer.from(key, 'base64url')
    const cost = { N: Number(N), r: Number(r), p: Number(p) }
    // Only what we write ourselves: a hash that asks for more memory would be a way to take it.
    if (scheme !== 'scrypt' || !isOurs(cost) || expected.length !== HASH_BYTES) return false
    const actual = await this.#turn(() => compute(password, Buffer.from(salt, 'base64url'), cost))
    return timingSafeEqual(actual, expected) && hash !== undefined
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= CONCURRENCY) {
      if (this.#waiting.length >= WAITING_MAX) throw this.#refused()
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    } else {
      this.#running++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

const isOurs = ({ N, r, p }: typeof COST): boolean => N === COST.N && r === COST.r && p === COST.p

/** 8 to 32 bytes, with an upper and a lower case letter, a digit and something else that can be seen. */
export const isStrong = (password: string): boolean =>
  Buffer.byteLength(password) >= 8 &&
  Buffer.byteLength(password) <= 32 &&
  [/\p{Lu}/u, /\p{Ll}/u, /\p{N}/u, /[\p{P}\p{S}]/u].every(kind => kind.test(password))
