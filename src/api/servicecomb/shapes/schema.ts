import { list, struct, text } from '../shape/shape.ts'
import { SCHEMA_ID, SERVICE_ID, SUMMARY } from './patterns.ts'

const schemaId = text({ min: 1, max: 160, pattern: SCHEMA_ID })

/** A schema named by path or query. */
export const schemaName = (request: string) => struct(request, { serviceId: text(SERVICE_ID), schemaId })

/** PUT …/schemas/{schemaId}, with what the path says. */
export const modifySchema = struct('ModifySchemaRequest', {
  serviceId: text(SERVICE_ID),
  schemaId,
  schema: text({ min: 1 }),
  summary: text({ max: 128, pattern: SUMMARY }),
})

/** POST …/schemas. */
export const modifySchemas = (schemasMax: number) =>
  struct('ModifySchemasRequest', {
    schemas: list(
      struct('Schema', {
        schemaId,
        summary: text({ min: 1, max: 128, pattern: SUMMARY }),
        schema: text({ min: 1 }),
      }),
      { min: 1, max: schemasMax },
    ),
  })
