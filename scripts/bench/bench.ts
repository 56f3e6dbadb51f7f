/**
 * Runs benchmarks and writes what they print into docs/performance.md, each into its own section.
 *
 *   npm run bench                      all of them, an hour on two cores
 *   npm run bench -- http restart      some
 *   REFERENCE=name=http://host:port npm run bench -- reference
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { withSection } from './document.ts'

interface Part {
  readonly program: string
  /** Runs with all; the others want something that not everybody has. */
  readonly always: boolean
}

const part = (program: string, always = true): Part => ({ program, always })

const PARTS: Readonly<Record<string, Part>> = {
  propagation: part('propagation.ts'),
  http: part('http.ts'),
  reference: part('reference.ts', false),
  replication: part('replication.ts'),
  watchers: part('watchers.ts'),
  memory: part('memory.ts'),
  restart: part('restart.ts'),
  scaling: part('scaling.ts'),
  // Wants Chromium, as scripts/test-ui installs it.
  dashboard: part('ui.ts', false),
}

const DOCUMENT = join(import.meta.dirname, '../../docs/performance.md')

function chosen(names: readonly string[]): string[] {
  const unknown = names.filter(name => !Object.hasOwn(PARTS, name))
  if (unknown.length > 0) {
    console.error(`bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)
    process.exit(2)
  }
  if (names.length > 0) return [...names]
  const isWanted = ([name, { always }]: [string, Part]): boolean =>
    always || (name === 'reference' && process.env.REFERENCE !== undefined)
  return Object.entries(PARTS)
    .filter(isWanted)
    .map(([name]) => name)
}

/** What the part printed, and the code that it ended with. */
async function run({ program }: Part): Promise<{ text: string; code: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = (): boolean => child.kill('SIGTERM')
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let text = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (chunk: string) => {
    text += chunk
    process.stdout.write(chunk)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  process.off('SIGINT', stop).off('SIGTERM', stop)
  return { text, code: code ?? 1 }
}

for (const name of chosen(process.argv.slice(2))) {
  console.log(`\n=== ${name}\n`)
  const before = loadavg()[0] ?? 0
  const { text, code } = await run(PARTS[name] as Part)
  // A benchmark that found a broken bound has measured, too; one that printed nothing has not.
  if (code !== 0) process.exitCode = 1
  if (code !== 0 && !text.includes('|')) continue
  const load = `Load when it began ${before.toFixed(1)}, when it ended ${(loadavg()[0] ?? 0).toFixed(1)}.`
  const content = `\`npm run bench -- ${name}\`. ${load} ${text.trim()}`
  writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), name, content))
}
