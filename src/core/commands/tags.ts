import { CatalogError } from '../errors.ts'
import type { Scope } from '../model.ts'
import { serviceOf } from '../queries/existence.ts'
import type { Command } from '../transaction.ts'

/** Makes these the tags of a service, all of them; none clears the set. Throws SERVICE_NOT_FOUND. */
export function replaceTags(scope: Scope, id: string, tags: Readonly<Record<string, string>>): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    const current = service.tags()
    for (const key of Object.keys(current)) if (!Object.hasOwn(tags, key)) tx.removeTag(service, key)
    for (const [key, value] of Object.entries(tags)) {
      if (!Object.hasOwn(current, key) || current[key] !== value) tx.putTag(service, key, value)
    }
  }
}

/** Changes a tag that is there. Throws SERVICE_NOT_FOUND and TAG_NOT_FOUND. */
export function changeTag(scope: Scope, id: string, key: string, value: string): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    if (!Object.hasOwn(service.tags(), key)) throw noTag(id, 'Tag does not exist, please add one first.')
    tx.putTag(service, key, value)
  }
}

/** Removes all of these tags, or none. Throws SERVICE_NOT_FOUND and TAG_NOT_FOUND. */
export function removeTags(scope: Scope, id: string, keys: readonly string[]): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    const current = service.tags()
    for (const key of keys) {
      if (!Object.hasOwn(current, key)) throw noTag(id, `Delete tags failed for this key ${key} does not exist.`)
    }
    for (const key of keys) tx.removeTag(service, key)
  }
}

/** A tag that has not arrived here may be known to a sibling: it comes with its service. */
const noTag = (id: string, detail: string): CatalogError =>
  new CatalogError('TAG_NOT_FOUND', detail, [{ kind: 'service', id }])
