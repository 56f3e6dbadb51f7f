/** The command line of `scripts/harness`. */
import { Command } from 'commander'
import { conclude } from './commands/conclude.ts'
import { runAll, runCommand } from './commands/run.ts'
import { runAt } from './run/run-folder.ts'
import { VERBS } from './scenario/verbs.ts'

const program = new Command('harness')
  .description(
    'Raises a federation of real nodes on this machine, breaks it as a scenario says, and judges what clients saw',
  )
  .showHelpAfterError('(see --help)')

program
  .command('run')
  .description('play scenarios, judge them, write reports; exits with 1 when an expectation did not hold')
  .argument('<file...>', 'scenarios, such as scripts/scenarios/partition.yaml')
  .option('--keep', 'keep the data directories of the nodes')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout (`previous`: see scripts/previous)')
  .option('--patience <TIMES>', 'allow so many times as long before something counts as late, on a busy machine', '1')
  .action(runCommand)

program
  .command('all')
  .description('play every scenario of scripts/scenarios')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout')
  .option('--patience <TIMES>', 'allow so many times as long before something counts as late', '1')
  .action(runAll)

for (const [name, description] of [
  ['verify', 'judge a run anew by its logs'],
  ['report', 'write the reports of a run anew'],
] as const) {
  program
    .command(name)
    .description(description)
    .argument('[folder]', 'of the run; by default the latest')
    .action(async (folder?: string) => {
      process.exitCode = await conclude(runAt(folder))
    })
}

program
  .command('verbs')
  .description('list what steps can say')
  .action(() => {
    for (const { form, does } of Object.values(VERBS)) process.stdout.write(`${form}\n    ${does}\n`)
  })

await program.parseAsync()
