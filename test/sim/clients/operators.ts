import { createAccount, deleteAccount, setPassword } from '../../../src/core/commands/accounts.ts'
import { documentName, livingGenerations } from '../../../src/core/rbac/generations.ts'
import { ADMIN } from '../../../src/core/rbac/permission.ts'
import type { Command } from '../../../src/core/transaction.ts'
import { call } from '../truth/caller.ts'
import type { SimNode } from '../world/node.ts'
import type { World } from '../world/world.ts'

/** Few, so that several operators change the same ones. */
const NAMES = ['ada', 'bob'] as const
const OPERATORS = 3
const LIMIT = 1_000

/** Operators create accounts, change their passwords and delete them, each time at another node. */
export const startOperators = (world: World): void => {
  for (let i = 0; i < OPERATORS; i++) world.spawn(() => operate(world))
}

const operate = async (world: World): Promise<void> => {
  const { random } = world
  while (world.storm) {
    await world.sleep(random.between(500, 4_000))
    const node = random.maybePick(world.nodes.filter(each => each.running))
    if (node === undefined) continue
    const name = random.pick(NAMES)
    const draft = { name, password: world.truth.nextToken(), roles: [ADMIN], status: 'active' }
    const kind = random.pick(['create', 'change', 'change', 'delete'] as const)
    if (kind === 'create') await administer(world, node, createAccount(draft, LIMIT, {}))
    else if (kind === 'change') await administer(world, node, setPassword(name, draft.password, {}))
    else await remove(world, node, name)
  }
}

const administer = (world: World, node: SimNode, command: Command<unknown>, before?: () => void) =>
  call(world, { kind: 'administer', node, service: '' }, command, before === undefined ? {} : { before })

/** What the node holds of the account is deleted by name. */
const remove = async (world: World, node: SimNode, name: string): Promise<void> => {
  let held: readonly string[] = []
  const answer = await administer(world, node, deleteAccount(name, {}), () => {
    held = livingAccounts(node).filter(document => document.startsWith(`${name}/`))
  })
  if (answer.kind !== 'ok') return
  const ended = held.map(document => ({ document, node, atMs: world.nowMs }))
  world.truth.accountsEnded = [...world.truth.accountsEnded, ...ended]
}

/** Accounts with their generations, as a node's readers see them. */
export const livingAccounts = ({ center }: SimNode): readonly string[] =>
  center === undefined
    ? []
    : livingGenerations(center.replica.view, 'account', {}).map(({ name, generation }) =>
        documentName(name, generation),
      )
