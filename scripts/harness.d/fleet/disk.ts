/** A node's data directory, and what makes it full. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Keeper } from './keeper.ts'

const IDENTITY = 'identity.key'
const FILLER = 'filler'
const PIECE_BYTES = 64 * 1024

export interface Disk {
  readonly folder: string
  /** Added to the node's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Loaded into the node. */
  readonly preload: string | undefined
  fill(): Promise<void>
  free(): Promise<void>
  /** Everything is lost but, where `keepIdentity`, who the node is. */
  empty(keepIdentity: boolean): void
}

/** A folder that is emptied, but keeps being the same folder: it may be a mount point. */
function emptyFolder(folder: string, kept: readonly string[]): void {
  for (const name of readdirSync(folder)) {
    if (!kept.includes(name)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

const keptOf = (keepIdentity: boolean): readonly string[] => (keepIdentity ? [IDENTITY] : [])

/** A file system of its own with so many bytes. Needs root and a kernel that lets it mount. */
export function mountedDisk(folder: string, bytes: number, keeper: Keeper): Disk {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'harness', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  keeper.made('mount', folder)
  const filler = join(folder, FILLER)
  return {
    folder,
    env: {},
    preload: undefined,
    fill: () => fillUp(filler),
    free: () => rm(filler, { force: true }),
    empty: keepIdentity => emptyFolder(folder, keptOf(keepIdentity)),
  }
}

/** Any folder; `fill` makes writes fail inside the node's process. */
export function plainDisk(folder: string): Disk {
  mkdirSync(folder, { recursive: true })
  const full = `${folder}.full`
  return {
    folder,
    env: { HARNESS_DISK: folder, HARNESS_DISK_FULL: full },
    preload: join(import.meta.dirname, 'preload/disk.cjs'),
    fill: async () => writeFileSync(full, ''),
    free: () => rm(full, { force: true }),
    empty: keepIdentity => emptyFolder(folder, keptOf(keepIdentity)),
  }
}

async function fillUp(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const file = await open(path, 'a')
  try {
    for (let bytes = PIECE_BYTES; bytes >= 1; ) {
      // Ever smaller pieces, until not one byte fits.
      const fitted = await file.write(Buffer.alloc(bytes)).catch(() => undefined)
      if (fitted === undefined) bytes = Math.floor(bytes / 2)
    }
  } finally {
    await file.close()
  }
}
