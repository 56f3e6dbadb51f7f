/** Every kind of fault. A seed switches whole kinds off (swarm testing: Groce et al., ISSTA 2012). */
export const FAULT_KINDS = [
  'cut', // one link, both ways
  'one-way cut', // one link, one way
  'split', // the nodes in two groups that do not reach each other
  'isolation', // one node reaches nobody
  'drop', // a connection breaks and is dialled anew
  'crash', // a process dies and starts again soon
  'crash loop', // it dies several times before it has been up for five seconds, or for a lease
  'away', // it dies and returns much later
  'death', // it dies and never returns
  'leave', // an orderly stop and start
  'pause', // the process stands still, its monotonic clock goes on
  'suspend', // the machine stands still with its monotonic clock
  'full disk', // appends fail for a while
  'old disk', // a snapshot of long ago is restored
  'lost disk', // a node starts again with an empty one
  'compaction', // the log is replaced by a snapshot while writes go on
  'clock jump', // the wall clock is set
  'replaced cluster', // all nodes of a cluster come back with empty disks and new identities
  'hostile bytes', // frames that are no frames, or lie
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** What is drawn once and holds for a whole run. */
export const CONDITION_KINDS = [
  'gossip loss',
  'gossip duplication',
  'gossip reordering',
  'no gossip', // repair alone
  'skewed clocks', // minutes to hours
  'a clock in 1970',
  'drift',
  'no disk',
  'another version',
  'born apart', // the nodes of a cluster meet only after each has drawn an id
] as const
export type ConditionKind = (typeof CONDITION_KINDS)[number]

export const WORK_KINDS = [
  'sticky', // SDK clients that keep to a node
  'balanced', // clients behind a load balancer: another node at every request
  'abroad', // clients that fail over to another cluster
  'updates', // status and properties
  'services', // register, tag, describe, delete, register again
  'twins', // one instance id, or one service id, in two clusters
  'gangs', // many instances of one service that fall silent together
  'strays', // heartbeats of what nobody knows
  'reads',
  'accounts', // created, changed and deleted at several nodes at once
] as const
export type WorkKind = (typeof WORK_KINDS)[number]
