import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** A file of the project as the rules see it. Paths have forward slashes and start at the root. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Every text file under version control. What somebody keeps beside them is nobody's business. */
export function trackedFiles(): readonly SourceFile[] {
  const { stdout, status } = spawnSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error('git ls-files failed: these rules are about files under version control')
  return stdout
    .split('\0')
    .filter(path => path !== '')
    .flatMap(path => {
      const text = readText(path)
      return text === undefined ? [] : [{ path, text }]
    })
}

/** Undefined for a file that is gone from the work tree, and for one that is no text. */
function readText(path: string): string | undefined {
  try {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return text.includes('\0') ? undefined : text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
