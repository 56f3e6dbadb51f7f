import { randomInt } from 'node:crypto'
import { invalid } from '../../core/queries/refusals.ts'
import { EMPTY, json } from '../http/answer.ts'
import type { Call } from '../servicecomb/call.ts'
import type { Context, Route } from '../servicecomb/route.ts'
import { decode } from '../servicecomb/shape/json.ts'
import { type Decoded, type JsonSchema, object, struct, text, texts } from '../servicecomb/shape/shape.ts'
import {
  MATCH_GROUP,
  POLICY_KINDS,
  type PolicyFilter,
  type PolicyScope,
  type PolicyStore,
  policyJson,
} from './policy.ts'
import { problems, SPEC_SCHEMAS } from './spec.ts'

const MANY = { path: '/v1/:project/gov/:kind', guard: 'governance' } as const
const ONE = { path: '/v1/:project/gov/:kind/:id', guard: 'governance' } as const

/** The kind under which match groups are listed with the policies that are named after them. */
const DISPLAY = 'display'

const policy = struct('Policy', {
  name: text(),
  id: text(),
  status: text(),
  kind: text(),
  selector: texts(),
  spec: object(),
})

const RULE = {
  type: 'object',
  properties: {
    ...(policy.schema.properties as JsonSchema),
    creatTime: { type: 'integer', description: 'unix seconds' },
    updateTime: { type: 'integer', description: 'unix seconds' },
  },
}

/** Kind display has match groups with their policies instead. */
const RULES = {
  type: 'array',
  items: {
    anyOf: [RULE, { type: 'object', properties: { matchGroup: RULE, policies: { type: 'array', items: RULE } } }],
  },
}

const FILTER = {
  app: 'Application in the selector; all without it',
  environment: 'Environment in the selector; empty: that of rules without one; all: every rule',
  env: 'The same as environment',
}

/** Governance rules, kept in the catalog or with a KIE server. */
export function policyRoutes({ policies: store }: Context): readonly Route[] {
  return [
    {
      method: 'GET',
      ...MANY,
      summary: 'Lists the governance rules of a kind; kind display: match groups with their policies',
      query: FILTER,
      answer: RULES,
      handle: async call => {
        const kind = call.param('kind')
        if (kind === DISPLAY) return json(await display(store, call.scope, filterOf(call)))
        return json((await store.list(call.scope, kind, filterOf(call))).map(policyJson))
      },
    },
    {
      method: 'POST',
      ...MANY,
      summary: 'Creates a governance rule',
      body: policy,
      bodyLimit: 'policyBodyBytesMax',
      answer: RULE,
      handle: async call => {
        const kind = call.param('kind')
        const { name: given = '', selector = {}, spec } = checkedPolicy(kind, call.body)
        const name = given === '' && kind === MATCH_GROUP ? await freeName(store, call.scope, selector) : given
        const id = await store.create(call.scope, kind, { name, selector, spec: withAlias(kind, spec, name) })
        return json({ id })
      },
    },
    {
      method: 'GET',
      ...ONE,
      summary: 'Reads a governance rule',
      answer: RULE,
      handle: async call => json(policyJson(await store.read(call.scope, call.param('kind'), call.param('id')))),
    },
    {
      method: 'PUT',
      ...ONE,
      summary: 'Replaces what a governance rule says; its name and selector stay',
      body: policy,
      bodyLimit: 'policyBodyBytesMax',
      handle: async call => {
        const kind = call.param('kind')
        const { name = '', status = '', spec } = checkedPolicy(kind, call.body)
        await store.update(call.scope, kind, call.param('id'), { status, spec: withAlias(kind, spec, name) })
        return EMPTY
      },
    },
    {
      method: 'DELETE',
      ...ONE,
      summary: 'Deletes a governance rule; a match group with all that is named after it',
      handle: async call => {
        await store.remove(call.scope, call.param('kind'), call.param('id'))
        return EMPTY
      },
    },
  ]
}

const filterOf = ({ query }: Call): PolicyFilter => ({
  app: query.app ?? '',
  environment: query.environment ?? query.env ?? '',
})

/** Throws INVALID_PARAMS with everything that is wrong with the spec. */
function checkedPolicy(kind: string, body: string | undefined) {
  const given: Decoded<typeof policy> = decode(policy, body)
  const schema = Object.hasOwn(SPEC_SCHEMAS, kind) ? SPEC_SCHEMAS[kind] : undefined
  if (schema === undefined) throw invalid(`not support kind[${kind}] yet`)
  const { spec = {} } = given
  const wrong = problems(schema, spec, 'spec')
  if (wrong.length > 0) throw invalid(`illegal policy[${kind}] spec, msg: ${wrong.join('; ')}`)
  return { ...given, spec }
}

/** Match groups are shown by an alias. */
const withAlias = (kind: string, spec: Readonly<Record<string, unknown>>, name: string) =>
  kind === MATCH_GROUP && (spec.alias ?? '') === '' ? { ...spec, alias: name } : spec

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** A name for a match group that came without one, as the reference makes them. */
async function freeName(store: PolicyStore, scope: PolicyScope, selector: Readonly<Record<string, string>>) {
  const { app = '', environment = '' } = selector
  const taken = new Set((await store.list(scope, MATCH_GROUP, { app, environment })).map(({ name }) => name))
  for (;;) {
    const name = `scene-${Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`
    if (!taken.has(name)) return name
  }
}

async function display(store: PolicyStore, scope: PolicyScope, filter: PolicyFilter) {
  const groups = await store.list(scope, MATCH_GROUP, filter)
  const lists = await Promise.all(POLICY_KINDS.map(kind => store.list(scope, kind, filter)))
  const byName = lists.map(list => new Map(list.map(each => [each.name, each])))
  return groups.map(group => {
    const policies = byName.flatMap(named => named.get(group.name) ?? [])
    return {
      policies: policies.length > 0 ? policies.map(policyJson) : undefined,
      matchGroup: policyJson(group),
    }
  })
}
