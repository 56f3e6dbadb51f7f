import { API_VERSION } from '../servicecomb/center.ts'
import type { Route } from '../servicecomb/route.ts'
import { SCHEMAS } from '../servicecomb/shapes/answers.ts'
import { operation, pathOf } from './operation.ts'

const INTRODUCTION = `The REST API of Apache ServiceComb Service Center, as a Grapevine node speaks it.

Names in bodies match in any case, unknown ones are ignored, and null counts as absent. Refusals are of the form \`Error\`;
the first three digits of \`errorCode\` are the status. Unknown paths are answered with 404 and text, other methods with 405.`

export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, unknown>>
}

/** As much of an operation as the page shows. */
export interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly description?: string
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Partial<Content> & { readonly description?: string }>>
}

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>
}

/** The routes of a node as an OpenAPI document, made of what serves them. */
export function openApi(routes: readonly Route[], rbac: boolean): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = pathOf(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, rbac) as unknown as Operation }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Service Center API', version: API_VERSION, description: INTRODUCTION },
    paths,
    components: {
      schemas: SCHEMAS,
      responses: {
        Error: {
          description: 'Refused',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
      ...(rbac ? { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } } : {}),
    },
  }
}
