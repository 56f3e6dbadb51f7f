import { statusOf } from '../servicecomb/errors.ts'
import type { Route } from '../servicecomb/route.ts'
import type { JsonSchema } from '../servicecomb/shape/shape.ts'

type Json = Readonly<Record<string, unknown>>

/** Answers of one kind, by status. */
const ERROR = { $ref: '#/components/responses/Error' }
const NOT_MODIFIED = { description: 'Nothing has changed since the revision that the client holds' }

const REVISION = {
  headers: { 'X-Resource-Revision': { description: 'for rev= of the next request', schema: { type: 'string' } } },
}

const DOMAIN = 'X-Domain-Name'

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  project: 'project; default unless there are several',
  serviceId: 'id of a microservice',
  instanceId: 'id of an instance',
  schemaId: 'id of a schema',
  key: 'key of a tag',
  kind: 'kind of rule',
  id: 'id of a rule',
  name: 'name of an account',
  roleName: 'name of a role',
}

/** A route's path in OpenAPI's syntax. */
export const pathOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

const namesIn = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)

/** One route as an operation. `rbac`: whether anybody asks for tokens. */
export function operation(route: Route, rbac: boolean): Json {
  const { method, path, v3, summary, body, guard } = route
  const secured = rbac && guard !== 'open'
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    tags: [tagOf(path)],
    ...(v3 === undefined ? {} : { description: `Older path: \`${pathOf(v3)}\`` }),
    ...withParameters(parameters(route)),
    ...(body === undefined ? {} : { requestBody: requestBody(withoutNames(body.schema, namesIn(path))) }),
    responses: responses(route, secured),
    ...(secured ? { security: [{ token: [] }] } : {}),
  }
}

/** Groups of routes, as the page shows them. */
function tagOf(path: string): string {
  const [, , project = '', group = '', resource = ''] = path.split('/')
  if (project !== ':project') return path.startsWith('/v4/') ? 'accounts and roles' : 'node'
  if (group !== 'registry') return group
  return path.includes('/instances') || path.includes('heartbeat') ? 'instances' : resource
}

const withParameters = (list: readonly Json[]): Json => (list.length > 0 ? { parameters: list } : {})

function parameters({ path, query = {}, required = [], headers = {} }: Route): readonly Json[] {
  const schema = { type: 'string' }
  const names = namesIn(path)
  const domain = names.includes('project') ? { [DOMAIN]: 'domain; default when absent' } : {}
  return [
    ...names.map(name => ({ name, in: 'path', required: true, description: PATH_PARAMETERS[name], schema })),
    ...Object.entries(query).map(([name, description]) => ({
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      description,
      schema,
    })),
    ...Object.entries({ ...domain, ...headers }).map(([name, description]) => ({
      name,
      in: 'header',
      description,
      schema,
    })),
  ]
}

const requestBody = (schema: JsonSchema): Json => ({ required: true, content: { 'application/json': { schema } } })

/** The body need not say what the path says. */
function withoutNames(schema: JsonSchema, names: readonly string[]): JsonSchema {
  const {
    properties = {},
    required = [],
    ...rest
  } = schema as {
    readonly properties?: Json
    readonly required?: readonly string[]
  }
  const needed = required.filter(name => !names.includes(name))
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))),
    ...(needed.length > 0 ? { required: needed } : {}),
  }
}

function responses({ method, query = {}, answer, socket, guard, body }: Route, secured: boolean): Json {
  const content = answer === undefined ? {} : { content: { 'application/json': { schema: answer } } }
  const success = socket
    ? { 101: { description: 'The connection is a websocket from here on' } }
    : { 200: { description: 'Done', ...('rev' in query ? REVISION : {}), ...content } }
  const conflicts = method === 'POST' && body !== undefined && (guard === 'account' || guard === 'role')
  return {
    ...success,
    ...('rev' in query && !socket ? { 304: NOT_MODIFIED } : {}),
    [statusOf('INVALID_PARAMS')]: ERROR,
    ...(secured ? { [statusOf('UNAUTHORIZED')]: ERROR } : {}),
    ...(secured || guard === 'ops' ? { [statusOf('FORBIDDEN')]: ERROR } : {}),
    ...(conflicts ? { [statusOf('ACCOUNT_CONFLICT')]: ERROR } : {}),
    [statusOf('INTERNAL')]: ERROR,
  }
}
