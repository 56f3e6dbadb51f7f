import type { ReadOptions, View } from '../view.ts'
import { byName, type Living, livingGeneration, livingGenerations, type Value } from './generations.ts'
import { BUILTIN_ROLES, type Permission, type Resource } from './permission.ts'

export const ROOT = 'root'

export interface Account {
  readonly name: string
  readonly generation: string
  readonly id: string
  /** What its password was made into; the password itself is nowhere. */
  readonly password: string
  readonly roles: readonly string[]
  readonly status: string
  /** Unix seconds. */
  readonly createTime: string
  readonly updateTime: string
}

export interface Role {
  readonly name: string
  readonly generation: string
  readonly id: string
  readonly permissions: readonly Permission[]
  readonly createTime: string
  readonly updateTime: string
}

/** Built-in roles were not made at any time; clients expect to be told one. */
const BUILTIN_TIME = '1767225600'

export function accountOfGeneration(
  view: View,
  name: string,
  generation: string,
  options: ReadOptions,
): Account | undefined {
  const value = livingGeneration(view, 'account', name, generation, options)
  return value && readAccount({ name, generation, value })
}

export const accounts = (view: View, options: ReadOptions): readonly Account[] =>
  [...byName(livingGenerations(view, 'account', options)).values()]
    .map(readAccount)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))

export function accountNamed(view: View, name: string, options: ReadOptions): Account | undefined {
  const living = byName(livingGenerations(view, 'account', options)).get(name)
  return living && readAccount(living)
}

/** Built-in ones first. */
export function roles(view: View, options: ReadOptions): readonly Role[] {
  const made = [...byName(livingGenerations(view, 'role', options)).values()]
  return [...BUILTIN_ROLES.keys()].map(builtinRole).concat(
    made
      .filter(({ name }) => !BUILTIN_ROLES.has(name))
      .map(readRole)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  )
}

export const roleNamed = (view: View, name: string, options: ReadOptions): Role | undefined =>
  roles(view, options).find(role => role.name === name)

const builtinRole = (name: string): Role => ({
  name,
  generation: 'builtin',
  id: `builtin-${name}`,
  permissions: BUILTIN_ROLES.get(name) ?? [],
  createTime: BUILTIN_TIME,
  updateTime: BUILTIN_TIME,
})

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const listOf = <T>(value: unknown, read: (item: unknown) => T | undefined): readonly T[] =>
  Array.isArray(value) ? value.flatMap(item => read(item) ?? []) : []

const texts = (value: unknown): readonly string[] =>
  listOf(value, item => (typeof item === 'string' ? item : undefined))

const recordOf = (value: unknown): Value => (typeof value === 'object' && value !== null ? (value as Value) : {})

/** Another node may have written anything: what is not as it should be counts as empty, and empty grants nothing. */
const readAccount = ({ name, generation, value }: Living): Account => ({
  name,
  generation,
  id: text(value.id),
  password: text(value.password),
  roles: texts(value.roles),
  status: text(value.status),
  createTime: text(value.createTime),
  updateTime: text(value.updateTime),
})

const readRole = ({ name, generation, value }: Living): Role => ({
  name,
  generation,
  id: text(value.id),
  permissions: listOf(value.perms, readPermission),
  createTime: text(value.createTime),
  updateTime: text(value.updateTime),
})

function readPermission(value: unknown): Permission {
  const { resources, verbs } = recordOf(value)
  return { resources: listOf(resources, readResource), verbs: texts(verbs) }
}

/** Labels that cannot be read must not widen a permission to everything: such a resource grants nothing. */
function readResource(value: unknown): Resource | undefined {
  const { type, labels } = recordOf(value)
  if (typeof type !== 'string') return undefined
  if (labels === undefined || labels === null) return { type }
  const pairs = Object.entries(recordOf(labels))
  if (!pairs.every(([, label]) => typeof label === 'string')) return undefined
  return { type, labels: Object.fromEntries(pairs) as Record<string, string> }
}
