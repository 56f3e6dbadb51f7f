/** `grapevine start`: reads the options, runs a node, and ends it when the process is asked to end. */

import type { Logger } from 'pino'
import { CONFIG_OPTION, envOf, flagOf, OPTIONS, type Resolved, readConfigFile, resolveOptions } from './config.ts'
import type { Node } from './node.ts'
import { StoreError } from './store/store.ts'
import { createLog } from './telemetry/log.ts'

/** A start that was refused: the value is wrong, or the port, directory or lock is not to be had. */
const EXIT_REFUSED = 2

/** A terminal and the npm in front of a node both pass on one Ctrl-C: what comes within this time is the same wish. */
const SAME_SIGNAL_MS = 500

/** `options`: raw values as commander names them. */
export async function startNode(options: Readonly<Record<string, string>>): Promise<void> {
  const resolved = read(options)
  const { logLevel: level, logFormat: format } = resolved.values
  const log = createLog({ level, format })
  // What a node needs takes a while to load: a wrong value is told before.
  const { Node } = await import('./node.ts')
  const node = new Node(resolved, log)
  const leaving = leaveOnSignals(node, log)
  process.on('uncaughtException', error => {
    log.fatal({ error: error.stack ?? String(error) }, 'a defect: this process ends, its supervisor starts it again')
    process.exit(1)
  })
  // An old Node that only started this one (see bin/grapevine) may be killed, and cannot pass that on.
  process.once('disconnect', () => process.exit(1))
  try {
    await node.start()
  } catch (error) {
    if (leaving()) return
    refuse(error)
  }
  const { withoutEffect, slips } = resolved
  if (withoutEffect.length > 0) log.info({ keys: withoutEffect }, 'keys of the file that have no effect here')
  for (const slip of slips) log.warn({ slip }, 'a variable has no effect')
}

/** The answer says whether the node is about to end. */
function leaveOnSignals(node: Node, log: Logger): () => boolean {
  let leavingSinceMs: number | undefined
  const leave = async (signal: NodeJS.Signals): Promise<void> => {
    if (leavingSinceMs !== undefined) {
      // A second signal does not wait.
      if (performance.now() - leavingSinceMs > SAME_SIGNAL_MS) process.exit(1)
      return
    }
    leavingSinceMs = performance.now()
    log.info({ signal }, 'leaving')
    try {
      await node.stop()
      process.exit(0)
    } catch (error) {
      log.error({ error: String(error) }, 'could not leave cleanly')
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave)
  return () => leavingSinceMs !== undefined
}

const read = (options: Readonly<Record<string, string>>): Resolved => {
  try {
    const flags = new Map<string, string>()
    for (const { key } of Object.values(OPTIONS)) {
      const value = options[camelCase(flagOf(key))]
      if (value !== undefined) flags.set(flagOf(key), value)
    }
    const file = options.config ?? process.env[envOf(CONFIG_OPTION.key)]
    return resolveOptions({
      flags,
      env: process.env,
      file: file === undefined ? new Map() : readConfigFile(file, process.env),
    })
  } catch (error) {
    return refuse(error)
  }
}

const camelCase = (flag: string): string =>
  flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** One line that says what is wrong, for people and scripts. */
const refuse = (error: unknown): never => {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`grapevine: ${error instanceof StoreError ? '--data: ' : ''}${message.replaceAll('\n', ' ')}\n`)
  process.exit(EXIT_REFUSED)
}
