/** Names and addresses of namespaces, and of the veth pairs between them: one for each two clusters that are linked. */

/** Runs that may have namespaces on one machine at the same time. */
export const PLANS_MAX = 64
/** Networks of all runs lie in 10.64.0.0/10, which container networks seldom use. */
const FIRST_NETWORK = 64
const CLUSTERS_MAX = 60
const LINKS_MAX = 250

/** One end of a veth pair. */
export interface End {
  /** Undefined: the harness's own. */
  readonly netns: string | undefined
  readonly device: string
  readonly address: string
}

export interface Wire {
  readonly ends: readonly [End, End]
}

export class Plan {
  readonly #run: number
  readonly #clusters: readonly string[]
  readonly #pairs: readonly (readonly [string, string])[]

  /** `run`: 0 to PLANS_MAX - 1. `pairs`: clusters that are linked, each once. */
  constructor(run: number, clusters: readonly string[], pairs: readonly (readonly [string, string])[]) {
    if (clusters.length > CLUSTERS_MAX || pairs.length > LINKS_MAX)
      throw new Error(`--netns: at most ${CLUSTERS_MAX} clusters with ${LINKS_MAX} links between them`)
    this.#run = run
    this.#clusters = clusters
    this.#pairs = pairs
  }

  /** What the names of a run's namespaces and its addresses begin with. */
  static marks(run: number): { readonly netns: string; readonly address: string } {
    return { netns: `gv${run}-`, address: `10.${FIRST_NETWORK + run}.` }
  }

  netns(cluster: string): string {
    return `${Plan.marks(this.#run).netns}${cluster}`
  }

  /** Between the harness and a cluster: clients, observers and metrics go this way, which is never broken. */
  access(cluster: string): Wire {
    const i = this.#clusters.indexOf(cluster)
    const address = (host: number): string => `${Plan.marks(this.#run).address}0.${4 * i + host}`
    return {
      ends: [
        { netns: undefined, device: `gv${this.#run}c${i}`, address: address(1) },
        { netns: this.netns(cluster), device: 'harness', address: address(2) },
      ],
    }
  }

  get wires(): readonly Wire[] {
    return this.#pairs.map(([one, other]) => ({ ends: [this.end(one, other), this.end(other, one)] }))
  }

  /** The end in `cluster` of what leads to `other`. */
  end(cluster: string, other: string): End {
    const i = this.#pairs.findIndex(pair => pair.includes(cluster) && pair.includes(other))
    if (i < 0) throw new Error(`${cluster} and ${other} are not linked`)
    const host = this.#pairs[i]?.[0] === cluster ? 1 : 2
    return {
      netns: this.netns(cluster),
      device: `to${this.#clusters.indexOf(other)}`,
      address: `${Plan.marks(this.#run).address}${1 + i}.${host}`,
    }
  }
}
