import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

const BITS_MIN = 2_048

/**
 * The private key of a node, from PKCS#1 or PKCS#8. Throws with a sentence for the operator when it is none, or too short
 * to be safe.
 */
export function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new Error('not a private key in PEM form (PKCS#1 or PKCS#8)')
  }
  if (key.asymmetricKeyType !== 'rsa') throw new Error(`a ${key.asymmetricKeyType} key; tokens need an RSA key`)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < BITS_MIN) throw new Error(`a key of ${bits} bits; at least ${BITS_MIN} are needed`)
  return key
}

/** A new private key as PKCS#8, for nodes that are given none. */
export const generatePrivateKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: BITS_MIN,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey

export interface PublicKey {
  /** Derived from the key itself, so that a key has one name everywhere. */
  readonly id: string
  readonly pem: string
}

/** Of a private key, or of a public one. */
export function publicKeyOf(key: KeyObject): PublicKey {
  const spki = key.type === 'private' ? createPublicKey(key) : key
  const der = spki.export({ type: 'spki', format: 'der' })
  const id = createHash('sha256').update(der).digest('hex').slice(0, 32)
  return { id, pem: spki.export({ type: 'spki', format: 'pem' }).toString() }
}
