import type { Store, StoreSource } from '../center/ports.ts'
import { lockDirectory } from './directory-lock.ts'
import { DurableStore, type StoreDeps, type StoreOptions } from './durable-store.ts'
import { nodeFileSystem } from './file-system.ts'
import { MemoryStore } from './memory-store.ts'
import { StoreError } from './store-error.ts'

export type { StoreLog, StoreObserver, StoreOptions } from './durable-store.ts'
export type { SyncMode } from './log-writer.ts'
export { StoreError }

/**
 * Opens the store of a data directory, created when it is missing and locked against every other process; without a
 * directory a store in memory. Fails with StoreError, whose message names the directory and what is wrong with it.
 *
 *     const store = await openStore('/var/lib/grapevine', { sync: 'group' }, { clock, random, log })
 *     await store.load(frame => replica.restore(frame))
 *     store.append(frame, error => …)
 */
export async function openStore(
  directory: string | undefined,
  options: StoreOptions,
  deps: Omit<StoreDeps, 'fs' | 'lock'> & Partial<Pick<StoreDeps, 'fs' | 'lock'>>,
): Promise<Store & StoreSource> {
  if (directory === undefined) return new MemoryStore()
  try {
    return await DurableStore.open(directory, options, { fs: nodeFileSystem, lock: lockDirectory, ...deps })
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError(`${directory} cannot be used as a data directory: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
