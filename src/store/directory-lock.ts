import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from './store-error.ts'

const LOCK = 'lock'
const OWNER = 'owner'
const SQLITE_BUSY = 5

/**
 * Keeps every other process out of a data directory until the answer is called or this process ends, however it ends.
 * SQLite's exclusive transaction is used for nothing else: it is the only way to the operating system's file locks that
 * Node has on board. A lock file with a process id would be taken for living by the container that comes after a crash,
 * where ids begin anew, and a socket is not seen from another container.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(join(directory, LOCK))
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    const owner = await readFile(join(directory, OWNER), 'utf8').catch(() => '')
    throw new StoreError(
      `${directory} is in use by another node${owner && ` (process ${owner.trim()})`}; a directory is for one`,
    )
  }
  await writeFile(join(directory, OWNER), `${process.pid}\n`)
  return async () => database.close()
}
