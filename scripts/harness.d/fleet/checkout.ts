/** Other builds of the node: a commit of this repository, or this checkout with one line broken. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../../..')

/** One place in the sources, and what stands there instead. */
export interface Break {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** What a node needs of a checkout; the packages are this checkout's. */
const PARTS = ['bin', 'src', 'package.json']

/** The commit that `scripts/previous` names: the first line that is no comment. */
export function previousCommit(): string {
  const lines = readFileSync(join(ROOT, 'scripts/previous'), 'utf8').split('\n')
  const commit = lines.find(line => line.trim() !== '' && !line.startsWith('#'))?.trim()
  if (commit === undefined) throw new Error('scripts/previous names no commit')
  return commit
}

/** The directory with `bin/grapevine` in it. `build`: `current`, `previous` or what git knows as a commit. */
export function checkout(build: string, cache: string): string {
  if (build === 'current') return ROOT
  const wanted = build === 'previous' ? previousCommit() : build
  const commit = git('rev-parse', '--verify', '--quiet', `${wanted}^{commit}`).toString().trim()
  const folder = join(cache, `build-${commit.slice(0, 12)}`)
  if (existsSync(folder)) return folder
  return make(folder, draft => {
    execFileSync('tar', ['-x', '-C', draft], {
      input: git('archive', commit, ...PARTS),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
  })
}

/** This checkout's sources with `breaks` applied. Throws when one of them no longer fits. */
export function brokenCheckout(name: string, breaks: readonly Break[], cache: string): string {
  const folder = join(cache, `broken-${name}`)
  rmSync(folder, { recursive: true, force: true })
  return make(folder, draft => {
    for (const part of PARTS) cpSync(join(ROOT, part), join(draft, part), { recursive: true })
    for (const one of breaks)
      writeFileSync(join(draft, one.file), applied(one, readFileSync(join(draft, one.file), 'utf8')))
  })
}

/** The source with the break in it. */
export function applied({ file, from, to }: Break, source: string): string {
  const parts = source.split(from)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times, not once: ${from}`)
  return parts.join(to)
}

/** Half-made folders never count as made. */
function make(folder: string, fill: (draft: string) => void): string {
  const draft = `${folder}.draft-${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    fill(draft)
    symlinkSync(join(ROOT, 'node_modules'), join(draft, 'node_modules'))
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return folder
}

function git(...args: readonly string[]): Buffer {
  try {
    return execFileSync('git', ['-C', ROOT, ...args], {
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch {
    throw new Error(`git ${args.join(' ')} failed: is this a full clone, and does the commit exist?`)
  }
}
