/**
 * What happens to a request target before it is routed. The reference's rules differ from the router's, so a target that
 * must not be routed is turned into one of a few internal routes. They contain a space, which no client can send.
 */
import type { IncomingMessage } from 'node:http'

export const PREFLIGHT = '/ preflight'
export const INVALID_TARGET = '/ invalid target'
export const MOVED = '/ moved'
/** Nothing is registered here. */
const NOWHERE = '/ nowhere'

/** A slash too much, as people type it. Everywhere else it is a wrong path, as in the reference. */
const DASHBOARD = '/ui'

/** Targets that end like this are cut off or mistyped, says the reference. */
const BAD_ENDINGS = ';&?+@'

/** The URL to route instead of the one that was sent. */
export function routable(request: IncomingMessage, targetBytesMax: number): string {
  const url = request.url ?? '/'
  if (request.method === 'OPTIONS') return PREFLIGHT
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const split = splitEncodedSlashes(path)
  if (cleaned(split) !== split || split === `${DASHBOARD}/`) return MOVED
  if (isChecked(path) && isInvalid(url, targetBytesMax)) return INVALID_TARGET
  // The router would take what follows the slash for an empty parameter.
  if (split.endsWith('/')) return NOWHERE
  return split === path ? url : split + (question < 0 ? '' : url.slice(question))
}

/** Where a client that was sent away should look: the path without empty and dotted segments. */
export function location(url: string): string {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const kept = cleaned(splitEncodedSlashes(path))
  return (kept === `${DASHBOARD}/` ? DASHBOARD : kept) + (question < 0 ? '' : url.slice(question))
}

const isChecked = (path: string): boolean => path.startsWith('/v4/') || path.startsWith('/registry/v3/')

const isInvalid = (url: string, bytesMax: number): boolean =>
  url.length >= bytesMax || BAD_ENDINGS.includes(url.charAt(url.length - 1)) || url.includes('//')

/** `%2F` separates segments, as in the reference, which decodes before it routes. */
const splitEncodedSlashes = (path: string): string => (path.includes('%2') ? path.replace(/%2f/gi, '/') : path)

function cleaned(path: string): string {
  if (!path.startsWith('/') || (!path.includes('//') && !path.includes('/.'))) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const end = path.endsWith('/') && kept.length > 0 ? '/' : ''
  return `/${kept.join('/')}${end}`
}
