/** A bug that the simulation found, by the first seed that showed it. They run before all others. */
export interface Regression {
  readonly seed: number
  readonly name: string
}

/** Plans change with the simulation, and then a seed meets something else: tests of their own hold what can be told in a few lines. */
export const REGRESSIONS: readonly Regression[] = [
  { seed: 34, name: 'properties of an earlier life hide those of this one' },
  {
    seed: 125,
    name: 'a status for an earlier registration, of a clock that was ahead, hides the one for this registration',
  },
  {
    seed: 112,
    name: 'a schema below a deleted registration, of a clock that was ahead, hides the one below this registration',
  },
  { seed: 270, name: 'peers listen for the beats of a start before the disk was lost' },
  { seed: 293, name: 'a start that held nothing leaves behind how far another one had watched' },
  { seed: 185, name: 'a holder whose disk was restored from the midst of watching ends the living' },
  { seed: 41, name: 'an old disk says that nearly a whole lease was watched' },
  { seed: 96, name: 'a node hears instances for a cluster of which it is no more' },
  { seed: 129, name: 'a heartbeat passes more than four nodes, and the lease moves at every one' },
  { seed: 110, name: 'a start that died before its first repair leaves a disk that seems to have something to serve' },
  {
    seed: 268,
    name: 'a node refuses a write, for an instance of another cluster, that a sibling has under the same id',
  },
  { seed: 188, name: 'a restart forgets which clusters were replaced' },
  { seed: 412, name: 'a pause counts as five seconds of watching' },
  { seed: 425, name: 'a node that takes another cluster id begins lapsed leases anew' },
  { seed: 532, name: 'a node that has just taken a lease is silent until its first beat' },
  { seed: 1185, name: 'no repair with a peer that is written to ends whole, and the dead stay' },
  { seed: 1261, name: 'a lease of an earlier registration ends that of a later one' },
  { seed: 1388, name: 'a node that takes another cluster id late hides what clients wrote under it meanwhile' },
  { seed: 1894, name: 'the first question of a repair overtakes the hello, and nobody answers it' },
  { seed: 2115, name: 'a node removes what its cluster had before the disk was lost' },
  { seed: 2185, name: 'a repair ends what the peer has replaced meanwhile, and does not have what replaced it' },
  { seed: 2892, name: 'what was deleted comes back with a node that takes another cluster id late' },
  { seed: 7145, name: 'instances of a node without a disk that has left look as if it were heard' },
  { seed: 20163, name: 'a lease that comes back is ended for what was heard before a pause' },
]
