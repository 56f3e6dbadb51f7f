import type { Missing } from '../errors.ts'
import type { ReadOptions, View } from '../view.ts'

/**
 * Accounts and roles are documents named `name/generation`. Every creation draws a new generation, and a deletion ends the
 * generations it knows by documents of their own. So a deletion wins over whatever is changed at the same time elsewhere,
 * and what is created later under the same name is something else: tokens name the generation they were given for.
 */
export type Kind = 'account' | 'role'

export type Value = Readonly<Record<string, unknown>>

export interface Living {
  readonly name: string
  readonly generation: string
  readonly value: Value
}

export const endKind = (kind: Kind): string => `${kind}-end`

export const documentName = (name: string, generation: string): string => `${name}/${generation}`

/** What siblings are asked for: every generation of these. */
export const missingDocuments = (kind: Kind, names: readonly string[]): readonly Missing[] =>
  names.map(name => ({ kind: 'document', id: `${kind}/${name}` }))

/** Exactly this generation, unless it has ended. */
export function livingGeneration(
  view: View,
  kind: Kind,
  name: string,
  generation: string,
  options: ReadOptions,
): Value | undefined {
  const document = documentName(name, generation)
  if (view.document(endKind(kind), document, options) !== undefined) return undefined
  return view.document(kind, document, options)
}

/** Every living generation. Names with two of them were created at two places at once. */
export function livingGenerations(view: View, kind: Kind, options: ReadOptions): readonly Living[] {
  const ended = new Set(view.documents(endKind(kind), options).map(({ name }) => name))
  return view.documents(kind, options).flatMap(({ name: document, value }) => {
    const slash = document.indexOf('/')
    if (ended.has(document) || slash < 0) return []
    return [{ name: document.slice(0, slash), generation: document.slice(slash + 1), value }]
  })
}

/** One a name: of two that were created at once, everybody takes the one whose generation is lower. */
export function byName(living: readonly Living[]): ReadonlyMap<string, Living> {
  const named = new Map<string, Living>()
  for (const one of living) {
    const other = named.get(one.name)
    if (other === undefined || one.generation < other.generation) named.set(one.name, one)
  }
  return named
}
