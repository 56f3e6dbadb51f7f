import { RETIRED } from '../core/directory.ts'
import { CatalogError } from '../core/errors.ts'
import type { NodeId } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import type { Command } from '../core/transaction.ts'
import type { Outside } from '../core/why/facts.ts'
import { namedClusters, nodesOf } from '../core/why/scene.ts'
import { duration } from '../core/why/words.ts'
import type { Clock, Retired } from './ports.ts'

/** Whoever was heard within this time is not gone, and cannot be retired. */
const SILENT_MS = 10_000

export interface RetirementParts {
  readonly replica: Replica
  readonly clock: Clock
  readonly outside: () => Outside
  readonly execute: <R>(command: Command<R>) => Promise<R>
}

interface Found {
  readonly id: string
  readonly kind: Retired['kind']
  readonly nodes: readonly NodeId[]
}

const invalid = (detail: string): CatalogError => new CatalogError('INVALID_PARAMS', detail)

/** An operator says that a node or a cluster is gone for good (invariant 8), or takes it back. */
export class Retirement {
  readonly #parts: RetirementParts

  constructor(parts: RetirementParts) {
    this.#parts = parts
  }

  /** `name`: an id or a name. Rejects with INVALID_PARAMS for who is unknown, heard, or this node's own. */
  async retire(name: string, by: string): Promise<Retired> {
    const { clock, replica, execute } = this.#parts
    const { id, kind, nodes } = this.#find(name)
    const silences = nodes.map(node => replica.members.silentMs(node, clock.monotonicMs()))
    const silentMs = Math.min(...silences)
    if (silentMs < SILENT_MS)
      throw invalid(
        `${kind} ${name} was heard ${duration(silentMs)} ago: stop it first, only what is gone for good is retired`,
      )
    const value = { by, name, kind, atMs: clock.wallMs() }
    await execute(tx => tx.putDocument(RETIRED, id, value))
    return { id, kind, name }
  }

  async unretire(name: string): Promise<Retired> {
    const { replica, execute } = this.#parts
    const all = replica.directory.documents.list(RETIRED)
    const found = all.find(each => each.name === name || each.value.name === name)
    if (found === undefined) throw invalid(`no node or cluster ${name} is retired`)
    await execute(tx => tx.removeDocument(RETIRED, found.name))
    return { id: found.name, kind: found.value.kind === 'cluster' ? 'cluster' : 'node', name }
  }

  #find(name: string): Found {
    const { replica, outside } = this.#parts
    const { directory } = replica
    const found: Found[] = []
    for (const [node, { record }] of directory.nodes)
      if (node === name || record.name === name) found.push({ id: node, kind: 'node', nodes: [node] })
    for (const { id, name: known } of namedClusters(directory, outside()))
      if (id !== undefined && (id === name || known === name))
        found.push({ id, kind: 'cluster', nodes: nodesOf(directory, id) })
    const [first, ...others] = found
    if (first === undefined) throw invalid(`no node or cluster is called ${name}`)
    if (others.length > 0)
      throw invalid(`${name} names several nodes or clusters: use an id, as "grapevine peers" shows it`)
    if (first.id === replica.node || first.id === directory.cluster)
      throw invalid(`${name} is this node or its cluster: retire it from another one`)
    return first
  }
}
