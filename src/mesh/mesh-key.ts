/** The shared key of a mesh, in the file format of libp2p's pre-shared keys. */
import { generateKey } from '@libp2p/pnet'

const HEADER = '/key/swarm/psk/1.0.0/\n/base16/\n'
const FILE_BYTES = HEADER.length + 64

/** A new key file's text: what `--mesh-key FILE` names on every node of the mesh. */
export function generateMeshKey(): string {
  const bytes = new Uint8Array(FILE_BYTES)
  generateKey(bytes)
  return `${Buffer.from(bytes).toString('latin1')}\n`
}

/** Checks a key file's content and answers it as libp2p wants it. Throws an Error that says what is wrong. */
export function parseMeshKey(content: string): Uint8Array {
  const text = content.replaceAll('\r\n', '\n').trim()
  const [protocol, encoding, key, more] = text.split('\n')
  if (`${protocol}\n${encoding}\n` !== HEADER || key === undefined || more !== undefined) {
    throw new Error('not a mesh key: it must have the lines /key/swarm/psk/1.0.0/, /base16/ and 64 hex digits')
  }
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new Error('not a mesh key: its third line must be 64 hex digits')
  return Buffer.from(HEADER + key.toLowerCase(), 'latin1')
}
