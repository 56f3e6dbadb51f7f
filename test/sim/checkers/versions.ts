import type { Plan } from '../plan/plan.ts'
import type { SimNode } from '../world/node.ts'
import type { Observer } from '../world/observer.ts'
import type { Scene } from './scene.ts'

const NAME = '19 other versions are understood'

/** 19: a start writes nothing but its node's own record, and what nodes of another version send is understood. */
export const versionsUnderstand = (scene: Scene, plan: Plan): Observer => {
  const begun = new Map<SimNode, number>()
  return {
    started: node => begun.set(node, scene.nowMs),
    wrote: (node, writes) => {
      // It has not ticked, and nothing has reached it: this is what starting does by itself.
      if (begun.get(node) !== scene.nowMs && node.startedAtMs !== scene.nowMs) return
      const other = writes.find(({ key }) => !key.endsWith(`/node/${node.id}`))
      scene.check(NAME, other === undefined, () => `${node.id} starts and writes ${other?.key}`)
    },
    settled: () => {
      if (plan.faults.has('hostile bytes') || !plan.conditions.has('another version')) return
      for (const node of scene.running()) {
        const counted = Object.keys(node.center?.counters.snapshot() ?? {})
        const malformed = counted.filter(name => name.startsWith('malformed'))
        scene.check(NAME, malformed.length === 0, () => `${node.id} did not understand: ${malformed.join(', ')}`)
      }
    },
  }
}
