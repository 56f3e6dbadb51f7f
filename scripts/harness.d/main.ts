/** The command line of `scripts/harness`. */
import { Command } from 'commander'
import { conclude, EXIT, exitOf } from './commands/conclude.ts'
import { runAll, runBroken, runCommand } from './commands/run.ts'
import { tell, up } from './commands/up.ts'
import { ask } from './control/client.ts'
import { runAt } from './run/run-folder.ts'
import { VERBS } from './scenario/verbs.ts'

const program = new Command('harness')
  .description(
    'Raises a federation of real nodes on this machine, breaks it as a scenario says, and judges what clients saw',
  )
  .showHelpAfterError('(see --help)')

const PATIENCE = ['--patience <TIMES>', 'allow so many times as long before something counts as late', '1'] as const
const NETNS = [
  '--netns',
  'each cluster in a network namespace of its own, cut and limited by the kernel (root)',
] as const
const JOBS = '--jobs <COUNT>'
const ROUNDS = ['--rounds <TIMES>', 'play everything so often', '1'] as const

program.commandsGroup('Scenarios:')
program
  .command('run')
  .description('play scenarios, judge them, write reports; exits with 1 when an expectation did not hold')
  .argument('<file...>', 'scenarios, such as scripts/scenarios/partition.yaml')
  .option('--keep', 'keep the data directories of the nodes')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout (`previous`: see scripts/previous)')
  .option('--patch <FILE>', 'nodes run this checkout with what FILE breaks, such as scripts/scenarios/broken/*.yaml')
  .option(...NETNS)
  .option(JOBS, 'so many scenarios side by side, but those alone that ask for it', '1')
  .option(...ROUNDS)
  .option(...PATIENCE)
  .action(runCommand)

program
  .command('all')
  .description('play every scenario of scripts/scenarios, several side by side; ends with a table')
  .argument('[name...]', 'some of them')
  .option('--build <COMMIT>', 'nodes run this commit instead of this checkout')
  .option(...NETNS)
  .option(JOBS, 'so many side by side; by default two for each core')
  .option(...ROUNDS)
  .option(...PATIENCE)
  .action(runAll)

program
  .command('broken')
  .description('play builds that are broken on purpose; exits with 1 when the scenario that must notice does not')
  .argument('[name...]', 'of scripts/scenarios/broken; by default all')
  .option(...PATIENCE)
  .action(runBroken)

program.commandsGroup('By hand:')
program
  .command('up')
  .description(
    'raise a federation, of a scenario or of so many clusters, and steer it by the commands below until `down`',
  )
  .argument('[file]', 'a scenario, of which only the steps are left out')
  .option('--clusters <COUNT>', 'without a file: so many clusters', '2')
  .option('--nodes <COUNT>', 'without a file: nodes of each', '2')
  .option('--topology <KIND>', 'without a file: full, line, star, regions or "degree N"', 'full')
  .option('--detach', 'return as soon as it runs')
  .option('--keep', 'keep the data directories of the nodes')
  .option(...NETNS)
  .option(...PATIENCE)
  .action(up)

for (const [name, description] of [
  ['status', 'the nodes that are up'],
  ['down', 'end everything, judge and report; exits as `run` does'],
] as const) {
  program
    .command(name)
    .description(description)
    .action(() => tell(name))
}

for (const [name, description] of [
  ['verify', 'judge the harness that is up by what happened so far, otherwise a run anew by its logs'],
  ['report', 'the same, and tell where the report is'],
] as const) {
  program
    .command(name)
    .description(description)
    .argument('[folder]', 'of a run; by default the latest')
    .action(async (folder?: string) => {
      if (folder === undefined && (await ask('status')) !== undefined) return tell(name)
      process.exitCode = exitOf(await conclude(runAt(folder)))
    })
}

program.commandsGroup('Steps, as scenarios list them, for the harness that is up:')
for (const [name, { form, does }] of Object.entries(VERBS)) {
  program
    .command(name)
    .usage(form.replace(name, '').trim())
    .description(does)
    .argument('[words...]')
    .allowUnknownOption()
    .action((words: readonly string[]) => tell([name, ...words].join(' ')))
}

program.commandsGroup('Help:')
program
  .command('verbs')
  .description('list what steps can say')
  .action(() => {
    for (const { form, does } of Object.values(VERBS)) process.stdout.write(`${form}\n    ${does}\n`)
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`harness: ${(error as Error).message}\n`)
  process.exitCode = EXIT.failed
}
