/** The command line of `scripts/harness`. */
import { Command } from 'commander'
import { conclude, exitOf } from './commands/conclude.ts'
import { runAll, runBroken, runCommand } from './commands/run.ts'
import { runAt } from './run/run-folder.ts'
import { VERBS } from './scenario/verbs.ts'

const program = new Command('harness')
  .description(
    'Raises a federation of real nodes on this machine, breaks it as a scenario says, and judges what clients saw',
  )
  .showHelpAfterError('(see --help)')

const PATIENCE = ['--patience <TIMES>', 'allow so many times as long before something counts as late', '1'] as const
const ROUNDS = ['--rounds <TIMES>', 'play everything so often', '1'] as const

program
  .command('run')
  .description('play scenarios, judge them, write reports; exits with 1 when an expectation did not hold')
  .argument('<file...>', 'scenarios, such as scripts/scenarios/partition.yaml')
  .option('--keep', 'keep the data directories of the nodes')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout (`previous`: see scripts/previous)')
  .option('--patch <FILE>', 'nodes run this checkout with what FILE breaks, such as scripts/scenarios/broken/*.yaml')
  .option(...ROUNDS)
  .option(...PATIENCE)
  .action(runCommand)

program
  .command('all')
  .description('play every scenario of scripts/scenarios; ends with a table')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout')
  .option(...ROUNDS)
  .option(...PATIENCE)
  .action(runAll)

program
  .command('broken')
  .description('play builds that are broken on purpose; exits with 1 when the scenario that must notice does not')
  .argument('[name...]', 'of scripts/scenarios/broken; by default all')
  .option(...PATIENCE)
  .action(runBroken)

for (const [name, description] of [
  ['verify', 'judge a run anew by its logs'],
  ['report', 'write the reports of a run anew'],
] as const) {
  program
    .command(name)
    .description(description)
    .argument('[folder]', 'of the run; by default the latest')
    .action(async (folder?: string) => {
      process.exitCode = exitOf(await conclude(runAt(folder)))
    })
}

program
  .command('verbs')
  .description('list what steps can say')
  .action(() => {
    for (const { form, does } of Object.values(VERBS)) process.stdout.write(`${form}\n    ${does}\n`)
  })

await program.parseAsync()
