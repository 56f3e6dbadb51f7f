import type { Entry } from '../../../src/core/entry.ts'
import type { Sid } from '../../../src/core/model.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '11 a restart empties nothing'

/** What readers of a node see, by host name. */
type Shown = ReadonlySet<string>

const shownAt = (scene: Scene, node: SimNode): Shown => {
  const tokens = new Set<string>()
  for (const group of node.center?.replica.directory.groups.values() ?? []) {
    for (const instance of group.instances()) tokens.add(scene.token(instance) ?? '')
  }
  return tokens
}

/** By id, with the registration: of two clusters' registrations under one id, readers of each see another. */
type ShownById = ReadonlyMap<string, string | undefined>

const idsAt = (scene: Scene, node: SimNode): ShownById =>
  new Map(
    [...(node.center?.replica.directory.groups.values() ?? [])].flatMap(group =>
      group.instances().map(instance => [`${group.sid}/${instance.instanceId}`, scene.token(instance)]),
    ),
  )

/** 11: a node with a disk serves at once what it had; one without is not ready before a peer has told it. */
export const restartsEmptyNothing = (scene: Scene): Observer => {
  /** What it showed at the last whole second, and at the one before that; nothing while it was not ready. */
  const lately = new Map<SimNode, Shown>()
  const aSecondAgo = new Map<SimNode, Shown>()
  const kept = new Map<SimNode, Shown>()
  const stoppedAt = new Map<SimNode, number>()
  const waiting = new Map<SimNode, Map<SimNode, ShownById>>()
  /** Nodes whose disk holds what they have served; a start that died before it was ready has served nothing. */
  const served = new Set<SimNode>()
  /** Nodes that were ready so shortly that their disk may not know. */
  const unsure = new Set<SimNode>()
  return {
    stopping: node => {
      stoppedAt.set(node, scene.nowMs)
      // What came within the last second may not have been synced, nor that the node was ready.
      const [before, since] = [aSecondAgo.get(node), lately.get(node)]
      lately.delete(node)
      aSecondAgo.delete(node)
      if (before !== undefined) served.add(node)
      else if (node.center?.status().ready === true && !served.has(node)) unsure.add(node)
      if (scene.isInMemoryOnly(node)) return
      const now = shownAt(scene, node)
      kept.set(node, new Set([...(before ?? [])].filter(token => since?.has(token) === true && now.has(token))))
    },
    started: node => {
      waiting.delete(node)
      const ready = node.center?.status().ready === true
      const before = kept.get(node)
      kept.delete(node)
      const hasForgotten = node.forgotAtMs >= (stoppedAt.get(node) ?? 0)
      if (hasForgotten) served.delete(node)
      if (unsure.delete(node) && !hasForgotten) return
      const empty = node.disk === undefined || node.disk.frames.length === 0
      if (empty || (!hasForgotten && !served.has(node))) {
        waiting.set(node, new Map())
        if (node.options.peersConfigured) scene.check(NAME, !ready, () => `${node.id} is ready, and has nothing`)
      } else if (before !== undefined && !hasForgotten) {
        const now = shownAt(scene, node)
        const lost = [...before].find(token => !now.has(token) && !isShownById(scene, node, token))
        const text = (): string => `${node.id} has started ${ready ? `without ${lost}` : 'and is not ready'}`
        scene.check(NAME, ready && lost === undefined, text)
      }
    },
    linkChanged: ({ connection, ends: [a, b] }) => {
      if (connection?.established !== true) return
      waiting.get(a.node)?.set(b.node, idsAt(scene, b.node))
      waiting.get(b.node)?.set(a.node, idsAt(scene, a.node))
    },
    // Before a client changes anything there.
    asking: ({ node }) => {
      const peers = waiting.get(node)
      if (peers !== undefined && looksReady(scene, node, peers)) waiting.delete(node)
    },
    second: () => {
      for (const [node, peers] of waiting) if (looksReady(scene, node, peers)) waiting.delete(node)
      for (const node of scene.running()) {
        const before = lately.get(node)
        if (before !== undefined) aSecondAgo.set(node, before)
        if (node.center?.status().ready === true) lately.set(node, shownAt(scene, node))
      }
    },
  }
}

/**
 * Ready: then it shows what some peer of it showed when they met, and still shows; or it has found nobody for as long as it had
 * to wait.
 */
const looksReady = (scene: Scene, node: SimNode, peers: ReadonlyMap<SimNode, ShownById>): boolean => {
  if (!node.running) return true
  if (node.center?.status().ready !== true) return false
  const alone = scene.nowMs - node.startedAtMs >= node.options.startAloneMs * 0.99
  const now = idsAt(scene, node)
  const told = [...peers].some(([peer, before]) => {
    const still = idsAt(scene, peer)
    // Another peer may have told it of ends that this one has not heard of.
    const others = [...peers.keys()].filter(other => other !== peer && other.running).map(other => idsAt(scene, other))
    const isOver = (id: string): boolean => others.some(ids => !ids.has(id)) || isGhost(node, id) || isEnded(node, id)
    return [...before].every(([id, token]) => now.has(id) || still.get(id) !== token || isOver(id))
  })
  scene.check(NAME, alone || told, () => `${node.id} is ready without what its peers show`)
  return true
}

/** Under its id another cluster's registration is shown: its holder was silent, which a process that begins does not know. */
const isShownById = (scene: Scene, node: SimNode, token: string): boolean => {
  const life = scene.world.truth.lives.get(token)
  return life !== undefined && scene.shown(node, life.service, life.instanceId) !== undefined
}

const entryOf = (node: SimNode, id: string): Entry | undefined => {
  const [sid = '', instanceId = ''] = id.split('/')
  return node.center?.replica.directory.groups.get(sid as Sid)?.entries.get(instanceId)
}

/** Of a cluster that the node knows to have been replaced. */
const isGhost = (node: SimNode, id: string): boolean => {
  const entry = entryOf(node, id)
  return entry !== undefined && node.center?.replica.directory.isReplaced(entry.clusterId) === true
}

/** It has been told of an end of the lease, which somebody may have contested since. */
const isEnded = (node: SimNode, id: string): boolean => entryOf(node, id)?.lease?.open === false
