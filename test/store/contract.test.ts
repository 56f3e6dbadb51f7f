import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SyncMode } from '../../src/store/log-writer.ts'
import { openStore } from '../../src/store/store.ts'
import { type StorePlace, storeContract } from '../contracts/store.ts'
import { Disk } from './disk.ts'
import { JumpingClock, Lines, random, seeded, systemClock } from './world.ts'

const SMALL_BYTES = 500

async function realPlace(sync: SyncMode): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'grapevine-store-'))
  const deps = { clock: systemClock, random, log: new Lines() }
  const open = (compactBytesMin?: number) =>
    openStore(join(folder, 'data'), { sync, ...(compactBytesMin !== undefined && { compactBytesMin }) }, deps)
  return {
    open: () => open(),
    openSmall: () => open(SMALL_BYTES),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  }
}

async function diskPlace(sync: SyncMode): Promise<StorePlace> {
  const clock = new JumpingClock()
  let disk = new Disk(seeded(1), clock)
  const deps = { clock, random, log: new Lines(), lock: async () => async () => {} }
  // Closing makes everything durable, so that a power cut between two starts changes nothing.
  const open = (compactBytesMin?: number) => {
    disk = disk.after('power')
    return openStore(
      '/data',
      { sync, ...(compactBytesMin !== undefined && { compactBytesMin }) },
      { ...deps, fs: disk },
    )
  }
  return { open: () => open(), openSmall: () => open(SMALL_BYTES), cleanUp: async () => {} }
}

const memoryPlace = async (): Promise<StorePlace> => {
  const open = () => openStore(undefined, { sync: 'group' }, { clock: systemClock, random, log: new Lines() })
  return { open, openSmall: open, cleanUp: async () => {} }
}

storeContract('memory', false, memoryPlace)
for (const sync of ['group', 'relaxed', 'off'] as const) {
  storeContract(`real files, ${sync}`, true, () => realPlace(sync))
  storeContract(`a disk that forgets, ${sync}`, true, () => diskPlace(sync))
}
