/** The key by which a node signs the tokens that it gives to accounts. */
import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatePrivateKey, readPrivateKey } from './api/rbac/keys.ts'
import { ConfigError } from './config.ts'
import { type FileSystem, nodeFileSystem } from './store/file-system.ts'

export const TOKEN_KEY_FILE = 'tokens.key'

/**
 * From the file that was named; else `<data>/tokens.key`, made when it is missing; else as long as the process lives. A
 * key that is lost ends the tokens that were signed with it, so it is on disk before anything is signed.
 */
export async function loadSigningKey(file: string | undefined, data: string | undefined): Promise<KeyObject> {
  if (file !== undefined) return read(file, await contentOf(file).catch(refuse(file)))
  if (data === undefined) return readPrivateKey(generatePrivateKey())
  const path = join(data, TOKEN_KEY_FILE)
  const saved = await contentOf(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : refuse(path)(error),
  )
  if (saved !== undefined) return read(path, saved)
  const pem = generatePrivateKey()
  await save(nodeFileSystem, data, pem)
  return readPrivateKey(pem)
}

const contentOf = (path: string): Promise<string> => readFile(path, 'utf8')

const refuse = (path: string) => (error: NodeJS.ErrnoException) => {
  throw new ConfigError(`the key for tokens cannot be read from ${path} (${error.code ?? error.message})`)
}

function read(path: string, pem: string): KeyObject {
  try {
    return readPrivateKey(pem)
  } catch (error) {
    throw new ConfigError(`${path} is ${(error as Error).message}`)
  }
}

async function save(fs: FileSystem, data: string, pem: string): Promise<void> {
  await fs.makeDirectory(data)
  const path = join(data, TOKEN_KEY_FILE)
  const draft = `${path}.new`
  await fs.remove(draft)
  const file = await fs.open(draft, 'create')
  try {
    await file.write(Buffer.from(pem), 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await fs.rename(draft, path)
  await fs.syncDirectory(data)
}
