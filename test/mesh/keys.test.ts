import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { IDENTITY_FILE, loadIdentity } from '../../src/mesh/identity.ts'
import { generateMeshKey, parseMeshKey } from '../../src/mesh/mesh-key.ts'

describe('keys of the mesh', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grapevine-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('keeps an identity across starts, readable by its owner alone', async () => {
    const data = join(folder, 'not', 'yet', 'there')
    const first = await loadIdentity(data)
    const second = await loadIdentity(data)
    assert.ok(first.equals(second))
    assert.equal((await stat(join(data, IDENTITY_FILE))).mode & 0o777, 0o600)
    assert.ok(!(await loadIdentity(undefined)).equals(first))
  })

  it('does not replace what it cannot read', async () => {
    const rsa = privateKeyToProtobuf(await generateKeyPair('RSA', 2048))
    for (const content of [new Uint8Array(0), Buffer.from('nonsense'), rsa]) {
      await writeFile(join(folder, IDENTITY_FILE), content)
      await assert.rejects(loadIdentity(folder), /does not hold an Ed25519 key; restore it/)
      assert.deepEqual(new Uint8Array(await readFile(join(folder, IDENTITY_FILE))), new Uint8Array(content))
    }
  })

  it('makes mesh keys that it can read, each different', () => {
    const key = generateMeshKey()
    assert.match(key, /^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/)
    assert.notEqual(key, generateMeshKey())
    assert.equal(Buffer.from(parseMeshKey(key)).toString(), key.trim())
    assert.deepEqual(parseMeshKey(key.replaceAll('\n', '\r\n')), parseMeshKey(key))
  })

  it('says what is wrong with a mesh key', () => {
    assert.throws(() => parseMeshKey(''), /not a mesh key: it must have the lines/)
    assert.throws(() => parseMeshKey(`${generateMeshKey()}more`), /not a mesh key/)
    assert.throws(() => parseMeshKey('/key/swarm/psk/1.0.0/\n/base16/\nabc'), /third line must be 64 hex digits/)
  })
})
