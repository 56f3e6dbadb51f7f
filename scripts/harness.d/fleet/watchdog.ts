/**
 * Outlives the harness by a moment: told what the harness has made, it takes all of it away when the harness is gone,
 * however that ended. It notices by the end of its standard input, which nobody but the harness holds.
 *
 * Lines: `+pid N`, `-pid N`, `+mount DIR`, `-mount DIR`, `+folder DIR`, `-folder DIR`, `+netns NAME`, `-netns NAME`, …
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const quietly = (run: () => void): void => {
  try {
    run()
  } catch {
    // It is gone already.
  }
}

const run = (command: string, ...args: readonly string[]): void => {
  quietly(() => execFileSync(command, args, { stdio: 'ignore' }))
}

/** How each kind of thing is taken away, in this order. */
const REMOVERS: Readonly<Record<string, (name: string) => void>> = {
  pid: name => quietly(() => process.kill(Number(name), 'SIGKILL')),
  mount: name => run('umount', '--lazy', name),
  netns: name => run('ip', 'netns', 'delete', name),
  device: name => run('ip', 'link', 'delete', name),
  folder: name => quietly(() => rmSync(name, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })),
}

const made = new Map<string, Set<string>>(Object.keys(REMOVERS).map(kind => [kind, new Set()]))

// Signals that a terminal sends to everybody are for the harness, which cleans up and ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

createInterface({ input: process.stdin })
  .on('line', line => {
    const [, sign, kind = '', name = ''] = /^([+-])(\w+) (.+)$/.exec(line) ?? []
    if (sign === '+') made.get(kind)?.add(name)
    else made.get(kind)?.delete(name)
  })
  .on('close', () => {
    for (const [kind, remove] of Object.entries(REMOVERS)) for (const name of made.get(kind) ?? []) remove(name)
    process.exit(0)
  })
