/** This node's Ed25519 identity: what its peer id is made of and what signs its gossip. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'

export const IDENTITY_FILE = 'identity.key'

/**
 * Loads `<data>/identity.key`, or draws an identity and saves it there (mode 0600, durable before it is used, so that
 * a crash cannot leave peers knowing an identity that is gone). Without a directory it lives as long as the process.
 * Throws when the file is not an Ed25519 key: replacing it silently would make this node a stranger to its peers.
 */
export async function loadIdentity(data: string | undefined): Promise<Ed25519PrivateKey> {
  if (data === undefined) return generateKeyPair('Ed25519')
  const path = join(data, IDENTITY_FILE)
  const saved = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new Error(`cannot read the identity in ${path}: ${error.message}`)
  })
  if (saved !== undefined) return decode(saved, path)
  const key = await generateKeyPair('Ed25519')
  await save(path, privateKeyToProtobuf(key))
  return key
}

function decode(bytes: Uint8Array, path: string): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes)
    if (key.type === 'Ed25519') return key
  } catch {
    // Reported below, like a key of another type.
  }
  throw new Error(`${path} does not hold an Ed25519 key; restore it, or remove it to start with a new identity`)
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
