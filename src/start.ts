/** `grapevine start`: reads the options, runs a node, and ends it when the process is asked to end. */
import { ConfigError, flagOf, OPTIONS, type Resolved, readConfigFile, resolveOptions } from './config.ts'
import { Node } from './node.ts'
import { createLog } from './telemetry/log.ts'

/** A start that was refused: the value is wrong, or the port, directory or lock is not to be had. */
const EXIT_REFUSED = 2

/** `options`: raw values as commander names them. */
export async function startNode(options: Readonly<Record<string, string>>): Promise<void> {
  const resolved = read(options)
  const { logLevel: level, logFormat: format } = resolved.values
  const log = createLog({ level, format })
  for (const key of resolved.unknown) log.warn({ key }, 'the configuration file has a key that no option knows')
  const node = new Node(resolved, log)
  let leaving: Promise<void> | undefined
  const leave = (signal: NodeJS.Signals): void => {
    // A second signal does not wait.
    if (leaving !== undefined) process.exit(1)
    log.info({ signal }, 'leaving')
    leaving = node.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: String(error) }, 'could not leave cleanly')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave)
  process.on('uncaughtException', error => {
    log.fatal({ error: error.stack ?? String(error) }, 'a defect: this process ends, its supervisor starts it again')
    process.exit(1)
  })
  try {
    await node.start()
  } catch (error) {
    if (leaving !== undefined) return
    refuse(error)
  }
}

const read = (options: Readonly<Record<string, string>>): Resolved => {
  try {
    const flags = new Map<string, string>()
    for (const { key } of Object.values(OPTIONS)) {
      const value = options[camelCase(flagOf(key))]
      if (value !== undefined) flags.set(flagOf(key), value)
    }
    const file = options.config ?? process.env.GRAPEVINE_CONFIG
    return resolveOptions({ flags, env: process.env, file: file === undefined ? new Map() : readConfigFile(file) })
  } catch (error) {
    return refuse(error)
  }
}

const camelCase = (flag: string): string =>
  flag.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** One line that says what is wrong, for people and scripts. */
const refuse = (error: unknown): never => {
  const known = error instanceof ConfigError || error instanceof Error
  process.stderr.write(`grapevine: ${known ? error.message : String(error)}\n`)
  process.exit(EXIT_REFUSED)
}
