import type { Face } from './entry.ts'
import type { Group } from './group.ts'
import type { ClusterId } from './model.ts'

/** What readers saw of an instance; undefined: nothing. */
export type Before = { readonly face: Face; readonly clusterId: ClusterId } | undefined

export interface Change {
  readonly group: Group
  readonly instanceId: string
  readonly before: Before
  readonly after: Before
}

/** Collects what one batch of writes makes readers see differently: one change per instance, however many writes it took. */
export class Changes {
  readonly #before = new Map<Group, Map<string, Before>>()

  /** Calls `see` only for the first note of an instance in this batch. */
  note(group: Group, instanceId: string, see: () => Before): void {
    let noted = this.#before.get(group)
    if (noted === undefined) {
      noted = new Map()
      this.#before.set(group, noted)
    }
    if (!noted.has(instanceId)) noted.set(instanceId, see())
  }

  /** Ends the batch: adjusts the revisions of the services and tells what changed. */
  flush(): Change[] {
    const changes: Change[] = []
    for (const [group, noted] of this.#before) {
      for (const [instanceId, before] of noted) {
        const entry = group.instance(instanceId)
        const after: Before = entry?.face === undefined ? undefined : { face: entry.face, clusterId: entry.clusterId }
        if (before?.face.revision === after?.face.revision) continue
        if (before !== undefined) group.sum.remove(before.face.revision)
        if (after !== undefined) group.sum.add(after.face.revision)
        group.shownCount += Number(after !== undefined) - Number(before !== undefined)
        changes.push({ group, instanceId, before, after })
      }
    }
    this.#before.clear()
    return changes
  }
}
