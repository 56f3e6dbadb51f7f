import { createPublicKey, type KeyObject } from 'node:crypto'
import type { CatalogPort } from '../../center/ports.ts'
import type { ReadOptions } from '../../core/view.ts'
import { publicKeyOf } from './keys.ts'

/** Kind of the documents by which nodes tell each other their public keys, named by the keys' ids. */
export const KIND = 'jwt-key'
/** Keys that are kept. Nodes without a disk make a new one at every start; the oldest go first. */
const KEYS_MAX = 256
/** Public keys that were read before. Ids come from tokens, but only those that name a document are kept. */
const READ_MAX = KEYS_MAX

/** The keys by which tokens are signed and checked: the own private one, and the public ones of all nodes. */
export class KeyRing {
  readonly id: string
  readonly signing: KeyObject
  readonly #pem: string
  readonly #own: KeyObject
  readonly #catalog: CatalogPort
  readonly #options: ReadOptions
  readonly #read = new Map<string, { readonly pem: string; readonly key: KeyObject }>()

  constructor(signing: KeyObject, catalog: CatalogPort, options: ReadOptions) {
    const { id, pem } = publicKeyOf(signing)
    this.id = id
    this.signing = signing
    this.#pem = pem
    this.#own = createPublicKey(pem)
    this.#catalog = catalog
    this.#options = options
  }

  /** Tells the other nodes the public key, unless it is told already. */
  async publish(): Promise<void> {
    if (this.#catalog.read(view => view.document(KIND, this.id, { local: true }))?.pem === this.#pem) return
    await this.#catalog.execute(tx => {
      const keys = tx.view.documents(KIND, { local: true })
      const oldest = keys.toSorted((a, b) => Number(a.value.atMs) - Number(b.value.atMs))
      for (const { name } of oldest.slice(0, Math.max(0, keys.length + 1 - KEYS_MAX))) tx.removeDocument(KIND, name)
      tx.putDocument(KIND, this.id, { pem: this.#pem, atMs: tx.nowMs })
    })
  }

  /** The public key of this id; undefined when no node has told it. */
  find(id: string): KeyObject | undefined {
    if (id === this.id) return this.#own
    const pem = this.#catalog.read(view => view.document(KIND, id, this.#options))?.pem
    if (typeof pem !== 'string') return undefined
    const known = this.#read.get(id)
    if (known?.pem === pem) return known.key
    try {
      const key = createPublicKey(pem)
      // A document must be named by the key that it holds.
      if (key.asymmetricKeyType !== 'rsa' || publicKeyOf(key).id !== id) return undefined
      if (this.#read.size >= READ_MAX) this.#read.clear()
      this.#read.set(id, { pem, key })
      return key
    } catch {
      return undefined
    }
  }
}
