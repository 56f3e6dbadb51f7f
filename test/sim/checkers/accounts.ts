import { livingAccounts } from '../clients/operators.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import { type Scene, seconds } from './scene.ts'

/** 16: an account that was deleted stays deleted, whoever changed it at the same time. */
export const deletedAccountsStayDeleted = (scene: Scene): Observer => {
  const { truth, reach } = scene.world
  const forget = (node: SimNode): void => {
    truth.accountsEnded = truth.accountsEnded.filter(each => each.node !== node)
  }
  const look = (reader: SimNode, everything: boolean): void => {
    const living = new Set(livingAccounts(reader))
    for (const { document, node, atMs } of truth.accountsEnded) {
      const known = reach.since(reader, node) <= atMs && scene.nowMs > atMs + scene.propagationMs
      if (!known && !everything) continue
      scene.check('16 deleted accounts stay deleted', !living.has(document), () => {
        return `${reader.id} has the account ${document}, which was deleted at ${node.id} ${seconds(scene.nowMs - atMs)} ago`
      })
    }
  }
  return {
    lostDisk: forget,
    stopping: node => {
      if (scene.isInMemoryOnly(node)) forget(node)
    },
    second: () => {
      if (truth.accountsEnded.length > 0) for (const reader of scene.running()) look(reader, false)
    },
    settled: () => {
      for (const reader of scene.running()) look(reader, true)
    },
  }
}
