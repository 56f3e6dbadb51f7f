/** All nodes of a run, their disks and builds, and the network between them. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scenario } from '../scenario/scenario.ts'
import { drawLinks, type Link, type PlacedNode, placeNodes } from '../scenario/topology.ts'
import { checkout } from './checkout.ts'
import { type Disk, mountedDisk, plainDisk } from './disk.ts'
import type { Keeper } from './keeper.ts'
import { loopback } from './loopback.ts'
import { Namespaces } from './netns/namespaces.ts'
import { type NodePlace, NodeProcess, type NodeState } from './node-process.ts'
import { Ports } from './ports.ts'
import type { Ground, PathState, Ways } from './ways.ts'

/** Nodes that start at the same time: two cores load libp2p one after the other anyway. */
const STARTS_AT_ONCE = 4

export interface FleetDeps {
  readonly keeper: Keeper
  readonly nowMs: () => number
  /** Data, logs and the key of this run. */
  readonly folder: string
  /** Builds that outlive the run. */
  readonly cache: string
  readonly note: (line: string) => void
  readonly nodeChanged: (node: string, state: NodeState, detail: object) => void
  readonly pathChanged: (from: string, to: string, state: PathState) => void
  /** A directory with bin/grapevine that stands for `current`; undefined: this checkout. */
  readonly instead: string | undefined
  /** Each cluster in a network namespace of its own. */
  readonly netns: boolean
}

export class Fleet {
  readonly scenario: Scenario
  readonly nodes = new Map<string, NodeProcess>()
  readonly placed: readonly PlacedNode[]
  readonly links: readonly Link[]
  readonly ports = new Ports()
  readonly #deps: FleetDeps
  readonly #builds = new Map<string, string>()
  #keyFile: string | undefined
  #ground: Ground | undefined

  constructor(scenario: Scenario, deps: FleetDeps) {
    this.scenario = scenario
    this.#deps = deps
    this.placed = placeNodes(scenario.clusters)
    this.links = drawLinks(scenario.topology, this.placed)
  }

  get keyFile(): string | undefined {
    return this.#keyFile
  }

  get network(): Ways {
    return this.#grounded.ways
  }

  get #grounded(): Ground {
    if (this.#ground === undefined) throw new Error('the fleet is not prepared')
    return this.#ground
  }

  /** Draws ports, opens the links, and makes what each node needs; nothing runs yet. */
  async prepare(): Promise<void> {
    this.#ground = this.#createGround()
    const { ports } = this
    const places = new Map<string, NodePlace>()
    for (const { name, cluster } of this.placed) {
      const addresses = this.#ground.addressesOf(cluster)
      places.set(name, { name, cluster, ...addresses, http: await ports.next(), gossip: await ports.next() })
    }
    await this.network.open(this.links, places)
    if (this.scenario.meshKey) this.#keyFile = this.#writeKey()
    for (const place of places.values()) this.nodes.set(place.name, this.#createNode(place))
  }

  /** Names of nodes that a name in a step stands for. */
  resolve(who: string): readonly string[] {
    const named = this.placed.filter(({ name, cluster }) => who === 'all' || name === who || cluster === who)
    if (named.length === 0) throw new Error(`there is no node or cluster ${who}`)
    return named.map(({ name }) => name)
  }

  node(name: string): NodeProcess {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return node
  }

  /** A few at a time. */
  async start(names: readonly string[], detail: object = {}): Promise<void> {
    const waiting = [...names]
    const worker = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        await this.node(name).start(this.#build(name), detail)
      }
    }
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker))
  }

  /** What runs at the next start of these. */
  use(names: readonly string[], build: string): void {
    const folder = this.#folderOf(build)
    for (const name of names) this.#builds.set(name, folder)
  }

  disk(name: string): Disk {
    const { disk } = this.node(name).setup
    if (disk === undefined) throw new Error(`${name} has no disk (diskless: true)`)
    return disk
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    await Promise.all([...this.nodes.values()].map(node => node.kill()))
    await this.#ground?.ways.close()
    this.ports.close()
  }

  #build(name: string): string {
    return this.#builds.get(name) ?? this.#folderOf(this.scenario.build)
  }

  #folderOf(build: string): string {
    const { instead, cache } = this.#deps
    return build === 'current' && instead !== undefined ? instead : checkout(build, cache)
  }

  #createGround(): Ground {
    const { keeper, nowMs, note, pathChanged: changed, netns } = this.#deps
    const { placed, links } = this
    const random = Math.random
    return netns
      ? new Namespaces({ keeper, random, placed, links, note, changed })
      : loopback({ nowMs, random, changed })
  }

  #createNode(place: NodePlace): NodeProcess {
    const { keeper, folder, nodeChanged } = this.#deps
    const within = this.#grounded.within(place.cluster)
    const setup = { place, args: this.#args(place), disk: this.#createDisk(place.name), folder, within }
    return new NodeProcess(setup, keeper, (state, detail) => nodeChanged(place.name, state, detail))
  }

  #createDisk(name: string): Disk | undefined {
    const { diskless, diskBytes } = this.scenario
    const { folder, keeper, note } = this.#deps
    if (diskless) return undefined
    const path = join(folder, 'data', name)
    if (diskBytes === undefined) return plainDisk(path)
    try {
      return mountedDisk(path, diskBytes, keeper)
    } catch {
      note(
        `${name}: no small file system can be mounted here (needs root); a full disk is simulated inside its process`,
      )
      return plainDisk(path)
    }
  }

  #args({ name, cluster }: NodePlace): readonly string[] {
    const others = this.placed.filter(other => other.name !== name)
    const known = others.flatMap(other => {
      const url = this.network.urlOf(name, other.name)
      return url === undefined ? [] : [{ ...other, url }]
    })
    const peers = known.filter(other => other.cluster === cluster).map(({ url }) => url)
    const foreign = Map.groupBy(
      known.filter(other => other.cluster !== cluster),
      other => other.cluster,
    )
    const clusters = [...foreign].map(([label, nodes]) => `${label}=${nodes.map(({ url }) => url).join(',')}`)
    const intervals = this.scenario.workloads.map(({ intervalMs }) => intervalMs)
    return [
      ...(peers.length === 0 ? [] : ['--peers', peers.join(',')]),
      ...(clusters.length === 0 ? [] : ['--clusters', clusters.join(',')]),
      ...(this.#keyFile === undefined ? [] : ['--mesh-key', this.#keyFile]),
      ...(intervals.length === 0 ? [] : ['--instance-min-interval', `${Math.min(...intervals)}ms`]),
      ...this.scenario.flags,
    ]
  }

  /** libp2p's format of a shared key; written here, because the harness judges nodes and borrows nothing from them. */
  #writeKey(): string {
    const file = join(this.#deps.folder, 'mesh.key')
    mkdirSync(this.#deps.folder, { recursive: true })
    writeFileSync(file, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
    return file
  }
}
