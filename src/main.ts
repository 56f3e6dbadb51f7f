/** Command line: what the process is asked to do. Everything that is not needed for that is loaded only when it is. */
import { Option as CliOption, Command } from 'commander'
import { VERSION } from './version.ts'

const program = new Command('grapevine')
  .description('Peer-to-peer service center: finds services in every cluster, and speaks the Service Center API')
  .version(VERSION, '--version', 'show the version')
  .showHelpAfterError('(see --help)')
  .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 100, 120) })

program
  .command('version')
  .description('show the version')
  .action(() => {
    process.stdout.write(`${VERSION}\n`)
  })

program
  .command('key')
  .description('make a mesh key: give the same file to every node as --mesh-key')
  .action(async () => {
    const { generateMeshKey } = await import('./mesh/mesh-key.ts')
    process.stdout.write(generateMeshKey())
  })

const start = program.command('start').description('run a node')

/** The options of `start` come from a table that knows the edges: it is not loaded for other commands. */
const addStartOptions = async (): Promise<void> => {
  const { OPTIONS, flagOf } = await import('./config.ts')
  start.addOption(new CliOption('--config <FILE>', 'YAML file (.yaml, .yml) or app.conf (.conf) with options by name'))
  for (const option of Object.values(OPTIONS)) {
    const shown = option.shown === undefined || option.shown === '' ? '' : ` (default: ${option.shown})`
    const added = new CliOption(`${flagOf(option.key)} <${option.value}>`, option.doc + shown)
    if (option.repeatable)
      added.argParser((value: string, before: string | undefined) =>
        before === undefined ? value : `${before},${value}`,
      )
    start.addOption(added)
  }
  start.action(async (options: Readonly<Record<string, string>>) => {
    const { startNode } = await import('./start.ts')
    await startNode(options)
  })
}

const main = async (): Promise<void> => {
  if (process.argv[2] === 'start' || process.argv[2] === 'help') await addStartOptions()
  await program.parseAsync()
}

// No await at the top level: the launcher loads this file with require.
void main()
