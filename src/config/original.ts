/**
 * Names of the reference's files that mean nothing to a node: its stores, caches, plugins, and what the platform does
 * better. They may stay in a file; any other unknown name is a slip.
 */
const SECTIONS = [
  'auditlog',
  'auth',
  'cipher',
  'discovery',
  'frontend',
  'gov',
  'heartbeat',
  'log',
  'metrics',
  'plugin',
  'quota',
  'registry',
  'server',
  'sync',
  'syncer',
  'tracing',
  'uuid',
]

/** Sections about who may do what are not passed over as a whole: a slip there would leave open what was to be closed. */
const KEYS = ['rbac.publicKeyFile', 'rbac_rsa_public_key_file', 'ssl.ciphers']

/** Keys of app.conf, which has no dots. */
const APP_CONF =
  /^(component_name|runmode|frontend_.*|(read|read_header|write|idle)_timeout|enable_(pprof|cache)|.*_plugin|plugins_dir|manager_.*|auto_sync_interval|registry_timeout|compact_.*|limit_.*|ssl_(ciphers|plugin|protocols)|log_?(rotate_size|backup_count|sys|file)|logfile|access_log.*|enable_access_log|schema_.*|instance_.*|service_.*|zipkin_.*|tracing_.*)$/

export const isOriginal = (key: string): boolean => {
  if (KEYS.includes(key)) return true
  const [section = ''] = key.split('.')
  return key.includes('.') ? SECTIONS.includes(section) : SECTIONS.includes(key) || APP_CONF.test(key)
}

/** What Kubernetes puts into the environment of every Pod for a Service that is called grapevine. */
const SERVICE_LINK = /^GRAPEVINE(_\w+)?_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)$/

/** A variable that looks as if it were meant for a node. */
export const isAddressed = (variable: string): boolean =>
  variable.startsWith('GRAPEVINE_') && !SERVICE_LINK.test(variable)

const DISTANCE_MAX = 3

/** The name that was probably meant: the nearest in spelling, when it is near. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.min(DISTANCE_MAX, Math.ceil(name.length / 3)) + 1
  for (const candidate of names) {
    const away = distance(name.toLowerCase(), candidate.toLowerCase())
    if (away < least) [best, least] = [candidate, away]
  }
  return best
}

/** Letters to insert, remove or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
