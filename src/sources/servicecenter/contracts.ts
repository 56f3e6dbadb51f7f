import { createHash } from 'node:crypto'
import type { CenterClient } from './client.ts'
import type { Mirror } from './mirror.ts'
import { readSchemas } from './pairs.ts'
import { nameOf, type ServiceAtCenter } from './round.ts'

/** A dump has summaries only; the contents of this many services are fetched after one dump. */
const SERVICES_PER_ROUND = 500

/** Fetches the schemas of services whose summaries have changed. `done`: services by name, with what was fetched last. */
export async function fetchContracts(
  services: readonly ServiceAtCenter[],
  done: Map<string, string>,
  { client, mirror, url, signal }: { client: CenterClient; mirror: Mirror; url: string; signal: AbortSignal },
): Promise<void> {
  let fetched = 0
  for (const service of services) {
    const { key, id, summaries } = service
    const name = nameOf(key)
    const digest = digestOf(summaries)
    if (done.get(name) === digest || (summaries.size === 0 && !done.has(name))) continue
    if (!hasContracts(mirror, service)) {
      if (fetched >= SERVICES_PER_ROUND || signal.aborted) return
      fetched += 1
      const schemas = readSchemas(await client.schemas(url, key.domain, key.project, id, signal))
      mirror.write(tx => {
        const registered = tx.view.byKey(key)
        if (registered === undefined) return
        const wanted = new Set(schemas.map(({ schemaId }) => schemaId))
        for (const { schemaId, summary, content } of schemas) tx.putSchema(registered, schemaId, content, summary)
        for (const { schemaId, content } of registered.schemas()) {
          if (!wanted.has(schemaId) && content() !== undefined) tx.removeSchema(registered, schemaId)
        }
      })
      mirror.flush()
    }
    done.set(name, digest)
  }
}

/** An earlier start of this node, or a sibling, has fetched them. */
function hasContracts(mirror: Mirror, { key, summaries }: ServiceAtCenter): boolean {
  return mirror.read(view => {
    const stored = view.byKey(key)?.schemas() ?? []
    const contents = stored.filter(schema => schema.content() !== undefined)
    return (
      contents.length === summaries.size &&
      contents.every(each => summaries.get(each.schemaId) === (each.summary ?? ''))
    )
  })
}

function digestOf(summaries: ReadonlyMap<string, string>): string {
  const sorted = [...summaries].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha1').update(JSON.stringify(sorted)).digest('hex')
}
