/** The command line: what the process is asked to do. What is not needed for that is loaded only when it is. */
import { Option as CliOption, Command, type CommanderError } from 'commander'
import { VERSION } from './version.ts'

/** The command line, or a value on it, is wrong. */
const EXIT_USAGE = 2
const HELP_COLUMNS = Math.min(process.stdout.columns ?? 100, 120)
const HELP_INDENT = 6

const end = (error: CommanderError): never => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE)

/** Commander says the error on one line and a suggestion on the next; scripts and people get one. */
const oneLine = (text: string): string =>
  `grapevine: ${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')}\n`

const program = new Command('grapevine')
  .description('Peer-to-peer service center: finds services in every cluster, and speaks the Service Center API')
  .configureHelp({ helpWidth: HELP_COLUMNS })
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride(end)

program
  .command('version')
  .alias('ver')
  .description('show the version; with --addr also that of a node')
  .action(async () => {
    process.stdout.write(`${VERSION}\n`)
    const { runCommand } = await import('./cli/invoke.ts')
    await runCommand(async () => (await import('./cli/commands/version.ts')).nodeVersion, program.opts(), [])
  })

program
  .command('key')
  .description('make a mesh key: give the same file to every node as --mesh-key')
  .action(async () => {
    const { generateMeshKey } = await import('./mesh/mesh-key.ts')
    process.stdout.write(generateMeshKey())
  })

/** Values such as `NAME=ADDRESS[,ADDRESS…]` leave no room beside them: what an option means stands below it. */
const start = program
  .command('start')
  .description('run a node')
  .configureHelp({
    helpWidth: HELP_COLUMNS,
    formatItem: (term, _width, text, help) =>
      `  ${term}\n${help.boxWrap(text, HELP_COLUMNS - HELP_INDENT).replace(/^/gm, ' '.repeat(HELP_INDENT))}`,
  })

/** The options of `start` come from a table that knows the edges: it is not loaded for other commands. */
const addStartOptions = async (): Promise<void> => {
  const { CONFIG_OPTION, OPTIONS, flagOf } = await import('./config.ts')
  for (const { key, value, doc, shown, repeatable, secret } of [CONFIG_OPTION, ...Object.values(OPTIONS)]) {
    const flag = flagOf(key)
    const fallback = shown === undefined || shown === '' ? '' : ` (default: ${shown})`
    const option = new CliOption(`${flag} <${value}>`, doc + fallback)
    start.addOption(option.argParser(repeatable ? joined : once(flag, secret)))
  }
  start.action(async (options: Readonly<Record<string, string>>) => {
    const { startNode } = await import('./start.ts')
    await startNode(options)
  })
}

const joined = (value: string, before: string | undefined): string =>
  before === undefined ? value : `${before},${value}`

const once =
  (flag: string, secret: boolean) =>
  (value: string, before: string | undefined): string => {
    if (before === undefined || before === value) return value
    const [first, second] = [before, value].map(each => (secret ? '(hidden)' : JSON.stringify(each)))
    return program.error(`${flag}: ${first} and ${second} contradict each other: allowed is one value`)
  }

/**
 * Options of operators are recognised before and behind a command, so they are not added to `start`, which has some of the
 * same names; nor is `--version`, which some commands take as a filter.
 */
export async function runCommandLine(): Promise<void> {
  const first = process.argv[2]
  if (first === 'start' || first === 'help' || first === 'completion') await addStartOptions()
  if (first === '--version') program.version(VERSION, '--version', 'show the version')
  if (first !== 'start') {
    const { addOperatorCommands } = await import('./cli/program.ts')
    addOperatorCommands(program)
  }
  await program.parseAsync()
}
