import type { Schema, Scope } from '../model.ts'
import { schemaOf, serviceOf } from '../queries/existence.ts'
import type { Command } from '../transaction.ts'
import { checkQuota } from './quota.ts'

/** Creates or overwrites one schema, declared or not. Throws SERVICE_NOT_FOUND and QUOTA_EXCEEDED. */
export function putSchema(scope: Scope, id: string, schema: Schema, limit: number): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    const known = service.schemas()
    if (!known.some(({ schemaId }) => schemaId === schema.schemaId)) checkQuota('SCHEMA', limit, known.length)
    tx.putSchema(service, schema.schemaId, schema.content, schema.summary)
  }
}

/** Makes these the schemas of a service: others lose their content and are no longer declared. Throws SERVICE_NOT_FOUND. */
export function replaceSchemas(scope: Scope, id: string, schemas: readonly Schema[]): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    const ids = new Set(schemas.map(({ schemaId }) => schemaId))
    tx.putService(service.key, { ...service.read(), schemas: [...ids] })
    for (const { schemaId } of service.schemas()) if (!ids.has(schemaId)) tx.removeSchema(service, schemaId)
    for (const { schemaId, content, summary } of schemas) tx.putSchema(service, schemaId, content, summary)
  }
}

/**
 * Takes a schema's content away. Its id stays declared, as in the reference, also when it never was. Throws
 * SERVICE_NOT_FOUND and SCHEMA_NOT_FOUND.
 */
export function removeSchema(scope: Scope, id: string, schemaId: string): Command<void> {
  return tx => {
    const service = serviceOf(tx.view, scope, id)
    schemaOf(tx.view, scope, id, schemaId)
    const declared = service.read()
    tx.removeSchema(service, schemaId)
    if (!service.schemas().some(schema => schema.schemaId === schemaId)) tx.putService(service.key, declared)
  }
}
