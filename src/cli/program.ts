import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import type { GlobalOptions } from './connection.ts'
import type { Action } from './run.ts'

type Load = () => Promise<Action<never>>

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const wholeNumber = (text: string): string => {
  if (/^\d{1,9}$/.test(text)) return text
  throw new InvalidArgumentError('It must be a whole number.')
}

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices([...choices])

type Add = (parent: Command, usage: string, description: string, load: Load) => Command

/** Commands of operators, on the public HTTP API. What a command does is loaded when it is used. */
export function addOperatorCommands(program: Command): void {
  addGlobalOptions(program)
  addLists(program)
  addLive(program)
  addPeers(program)
  addBackup(program)
  addReference(program)
  program
    .command('completion')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .description('print completions for bash, zsh or fish')
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { printCompletion } = await import('./completion.ts')
      printCompletion(program, shell)
    })
}

const add: Add = (parent, usage, description, load) =>
  parent
    .command(usage)
    .description(description)
    .action(async (...given: readonly unknown[]) => {
      const command = given.at(-1) as Command
      const { runCommand } = await import('./invoke.ts')
      await runCommand(load, command.optsWithGlobals<GlobalOptions>(), command.args)
    })

function addLists(program: Command): void {
  add(program, 'status', 'show a node: whom it hears, what it holds, what is wrong', async () => {
    return (await import('./commands/status.ts')).status
  })
  filtered(
    add(program, 'services [TEXT]', 'list services of all clusters, one line a name', async () => {
      return (await import('./commands/services.ts')).services
    }),
  ).addOption(choice('--state <STATE>', 'only with instances in this state', [...STATES, 'none']))
  filtered(
    add(program, 'instances [TEXT]', 'list instances of all clusters', async () => {
      return (await import('./commands/instances.ts')).instances
    }),
  )
    .option('--service <NAME>', 'only of this service')
    .addOption(choice('--state <STATE>', 'only in this state', STATES))
  add(program, 'find <NAME>', 'find a service as an application does (exit code 1: nothing found)', async () => {
    return (await import('./commands/find.ts')).find
  })
    .option('--app <APP>', 'application of the service', 'default')
    .option('--env <ENV>', 'environment of the service')
    .option('--consumer <ID>', 'id of the service that asks')
    .option('--tags <KEY,…>', 'only services with all of these tags')
    .addOption(unreachable())
    .option('--no-global', 'only what the own cluster registered')
}

function addLive(program: Command): void {
  add(program, 'watch <NAME>', 'list the instances of a service, and tell every change', async () => {
    return (await import('./commands/watch.ts')).watch
  }).option('--count <N>', 'end after this many changes', wholeNumber)
  add(program, 'events', 'list what happened at a node, or what it has learned', async () => {
    return (await import('./commands/events.ts')).events
  })
    .option('--service <NAME>', 'only about services of this name')
    .option('--kind <KIND,…>', 'only of these kinds')
    .option('--limit <N>', 'at most this many', wholeNumber)
    .option('-f, --follow', 'go on with those that come')
    .option('--count <N>', 'with --follow: end after this many', wholeNumber)
  add(program, 'why <SERVICE>', 'say why readers see a service, or do not (exit code 1)', async () => {
    return (await import('./commands/why.ts')).why
  })
    .option('--from <CLUSTER>', 'the cluster that should have registered it')
    .option('--env <ENV>', 'its environment')
    .option('--app <APP>', 'its application')
    .option('--service-version <VERSION>', 'its version')
    .option('--consumer <ID>', 'id of the service that does not find it')
    .addOption(unreachable())
}

function addBackup(program: Command): void {
  add(program, 'dump [FILE]', 'save what a cluster registered: services, contracts, tags, dependencies', async () => {
    return (await import('./commands/dump.ts')).dump
  })
    .option('--all', 'what all clusters registered')
    .option('--instances', 'also the instances')
    .option('--raw', 'the dump that older centers read')
  add(program, 'restore <FILE>', 'register what a dump holds', async () => {
    return (await import('./commands/restore.ts')).restore
  })
    .option('--instances', 'also the instances, whose leases run from now on')
    .option('--dry-run', 'only say what would be done')
  add(program, 'token', 'log in, and print the token', async () => {
    return (await import('./commands/token.ts')).token
  }).requiredOption('--user <NAME>', 'the account')
}

function addPeers(program: Command): void {
  const peers = add(
    program,
    'peers',
    'list the nodes of the federation: state, lag, clocks, who is refused',
    async () => {
      return (await import('./commands/peers.ts')).peers
    },
  )
  add(peers, 'retire <NAME>', 'say that a node or cluster is gone for good', async () => {
    return (await import('./commands/peers.ts')).retire
  })
    .option('--undo', 'take it back')
    .option('--yes', 'do not ask')
}

/** Commands of the reference's tool, with its names and flags. */
function addReference(program: Command): void {
  const get = program.command('get').description('list resources as scctl does')
  const inDomain = (command: Command): Command =>
    command.option('-d, --domain <DOMAIN>', 'only of this domain', 'default').option('--all-domains', 'of all domains')
  const lists: readonly (readonly [string, string, string, Load])[] = [
    ['service', 'svc', 'list services', async () => (await import('./commands/get.ts')).getServices],
    ['instance', 'inst', 'list instances', async () => (await import('./commands/get.ts')).getInstances],
    ['cluster', 'clusters', 'list clusters', async () => (await import('./commands/get.ts')).getClusters],
  ]
  for (const [name, alias, description, load] of lists) inDomain(add(get, name, description, load).alias(alias))
  inDomain(
    add(get, 'schema', 'print contracts, or save them', async () => (await import('./commands/get.ts')).getSchemas),
  )
    .option('-s, --save-dir <DIR>', 'save each to a file below this directory')
    .option('--app <APP>', 'only of this application')
    .option('--name <NAME>', 'only of this service')
    .option('--version <VERSION>', 'only of this version')
  add(program, 'health', 'say whether a node is healthy (exit code 2: unavailable, 3: abnormal)', async () => {
    return (await import('./commands/health.ts')).health
  })
  const diagnose = add(
    program,
    'diagnose',
    'compare a node with the others (exit code 1: something is wrong)',
    async () => {
      return (await import('./commands/diagnose.ts')).diagnose
    },
  )
  for (const name of ['addr', 'cert', 'key', 'ca', 'pass-file', 'pass'])
    diagnose.addOption(new Option(`--etcd-${name} <VALUE>`, 'accepted; there is no etcd').hideHelp())
}

const STATES = ['UP', 'DOWN', 'STARTING', 'OUTOFSERVICE', 'TESTING', 'stale'] as const

const unreachable = (): Option =>
  choice('--unreachable <POLICY>', "what to do with unreachable clusters; the node's own policy when absent", [
    'keep',
    'mark',
    'hide',
  ])

const filtered = (command: Command): Command =>
  command
    .option('--env <ENV>', 'only in this environment')
    .option('--app <APP>', 'only of this application')
    .option('--cluster <NAME>', 'only of this cluster')
    .option('--service-version <VERSION>', 'only of this version')
    .option('--limit <N>', 'at most this many', wholeNumber)
    .addOption(unreachable())
    .option('--no-global', 'only what the own cluster registered')

function addGlobalOptions(program: Command): void {
  program
    .option('--addr <URL>', 'address of a node, repeatable: the first that answers (GRAPEVINE_ADDR)', collected)
    .option('--token <TOKEN>', 'where accounts are needed: see "grapevine token" (GRAPEVINE_TOKEN)')
    .option('-o, --output <FORMAT>', 'table, wide, json or yaml')
    .option('--domain <DOMAIN>', 'domain of the services')
    .option('--project <PROJECT>', 'project of the services')
    .option('-t, --timeout <TIME>', 'how long a node may take to answer', '10s')
    .option('--ca <FILE>', 'authority of the certificates of nodes')
    .option('--cert <FILE>', 'own certificate')
    .option('--key <FILE>', 'its key')
    .option('--pass <PHRASE>', 'passphrase of the key')
    .option('--pass-file <FILE>', 'file with the passphrase of the key')
    .option('-p, --peer', 'verify certificates, which is the default')
    .option('--insecure', 'do not verify certificates')
    .option('-v, --verbose', 'tell every request')
}
