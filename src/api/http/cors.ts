import type { IncomingHttpHeaders } from 'node:http'

const ALLOWED_HEADERS = ['origin', 'accept', 'content-type', 'x-domain-name', 'x-consumerid']
const ALLOWED_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'UPDATE']

type Headers = Readonly<Record<string, string>>

export interface Cors {
  /** Headers of an answer to a browser on another site. */
  headers(origin: string): Headers
  /** Headers of the answer to a browser that asks first; none when it may not. */
  preflight(headers: IncomingHttpHeaders): Headers
}

/** `*` among the origins lets everybody in, without credentials. */
export function createCors(origins: readonly string[]): Cors {
  const any = origins.includes('*')
  const allow = (origin: string): Headers => {
    if (any) return { 'access-control-allow-origin': '*' }
    return origins.includes(origin) ? { 'access-control-allow-origin': origin, vary: 'Origin' } : { vary: 'Origin' }
  }
  return {
    headers: allow,
    preflight: headers => {
      const { origin, 'access-control-request-method': method } = headers
      if (origin === undefined || method === undefined) return {}
      const vary = { vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' }
      const asked = (headers['access-control-request-headers'] ?? '').split(',').map(name => name.trim().toLowerCase())
      const wanted = asked.filter(name => name !== '')
      const known = wanted.every(name => ALLOWED_HEADERS.includes(name))
      if (!ALLOWED_METHODS.includes(method.toUpperCase()) || !known || (!any && !origins.includes(origin))) return vary
      return {
        ...allow(origin),
        ...vary,
        'access-control-allow-methods': method.toUpperCase(),
        ...(wanted.length > 0 ? { 'access-control-allow-headers': wanted.join(', ') } : {}),
      }
    },
  }
}
