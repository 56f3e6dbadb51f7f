/**
 * Writes the generated parts of docs/operations.md anew: what stands between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 *     node scripts/docs.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionTable, originalTable } from '../src/config/tables.ts'

export const OPERATIONS = join(import.meta.dirname, '../docs/operations.md')

const PARTS: Readonly<Record<string, () => string>> = {
  options: optionTable,
  'original names': originalTable,
}

/** The text with every generated part as it has to be. Throws when a part has no place in it. */
export function regenerated(text: string): string {
  let result = text
  for (const [name, render] of Object.entries(PARTS)) {
    const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
    const [start, end] = [result.indexOf(open), result.indexOf(close)]
    if (start < 0 || end < start) throw new Error(`there is no place for "${name}" between ${open.trim()} and ${close}`)
    result = `${result.slice(0, start + open.length)}\n${render()}\n\n${result.slice(end)}`
  }
  return result
}

if (import.meta.main) writeFileSync(OPERATIONS, regenerated(readFileSync(OPERATIONS, 'utf8')))
