import { Context } from '../core/context.ts'
import type { Epoch } from '../core/model.ts'
import type { Replica } from '../core/replica.ts'
import type { Digests } from '../core/transaction.ts'
import { contextRow, packView } from '../core/wire.ts'

/** Hex digits of a hash of contexts. */
const HASH_LENGTH = 16

/** What a replica has seen, with hashes by which two of them find in a few bytes that they have seen the same. */
export interface Seen {
  readonly hash: string
  /** Of the starts that are over. They are many and change no more: where they are equal they need not be listed. */
  readonly past: Context
  readonly pastHash: string
}

/** The part of the context that belongs to starts that are over: to none that a known node's record names. */
const pastOf = ({ catalog, directory }: Replica): Context => {
  const past = new Context()
  const current = currentOf(directory)
  for (const epoch of catalog.context.epochs()) {
    if (!current.has(epoch)) past.joinEpoch(epoch, catalog.context.intervals(epoch))
  }
  return past
}

/** The starts that are not over, as far as they have been seen. */
export const presentOf = ({ catalog, directory }: Replica): Epoch[] => {
  const current = currentOf(directory)
  return [...catalog.context.epochs()].filter(epoch => current.has(epoch))
}

const currentOf = ({ nodes }: Replica['directory']): Set<Epoch> =>
  new Set([...nodes.values()].map(({ record }) => record.epoch))

export const seenBy = (replica: Replica, digests: Digests): Seen => {
  const past = pastOf(replica)
  return { hash: hashOf(replica.catalog.context, digests), past, pastHash: hashOf(past, digests) }
}

const hashOf = (context: Context, digests: Digests): string =>
  digests.sha256(packView(contextRow(context, [...context.epochs()].sort()))).slice(0, HASH_LENGTH)
