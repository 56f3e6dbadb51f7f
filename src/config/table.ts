import { readFileSync } from 'node:fs'
import type { NodeId } from '../core/model.ts'
import {
  type ClusterAddresses,
  type MeshAddress,
  parseClusterName,
  parseClusters,
  parseGossip,
  parseNodeIds,
  parsePeers,
} from '../mesh/addresses.ts'
import { parseMeshKey } from '../mesh/mesh-key.ts'
import { choice, duration, option, Refusal, text } from './option.ts'
import { EDGE, QUOTAS, REGISTRY } from './table-api.ts'
import { LIMITS } from './table-limits.ts'
import { RBAC } from './table-rbac.ts'
import { SOURCES } from './table-sources.ts'
import { TLS } from './table-tls.ts'

const parsePort = (raw: string): number => {
  const port = Number(raw)
  if (!/^\d+$/.test(raw) || port > 65_535) throw new Error()
  return port
}

/** `HOST:PORT`, IPv6 hosts in brackets. */
export const parseHostPort = (raw: string): { readonly host: string; readonly port: number } => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(raw) ?? []
  const host = bracketed ?? plain
  if (host === undefined || port === undefined) throw new Error()
  return { host, port: parsePort(port) }
}

/** A label with the separators of `--clusters` in it is a slip of the pen. */
const parseLabel = (raw: string): string => {
  if (/[=,/]/.test(raw)) throw new Refusal('did you mean --clusters?')
  return parseClusterName(raw)
}

const DAY_MS = 86_400_000
const NOTHING = undefined

/** Who this node is and whom it talks to. */
const NODE = {
  cluster: text({
    key: 'cluster',
    value: 'NAME',
    fallback: NOTHING,
    shown: 'c- and eight digits of its id',
    allowed: 'a name without "=", ",", "/" and white space',
    doc: 'Label of this cluster. Other clusters call it as their own configuration does.',
    keys: ['registry.etcd.cluster.name', 'manager_name'],
    parse: parseLabel,
  }),
  node: text({
    key: 'node',
    value: 'NAME',
    fallback: NOTHING,
    shown: 'the host name',
    doc: 'Name of this node, for people.',
  }),
  data: text({
    key: 'data',
    value: 'DIR',
    fallback: NOTHING,
    shown: 'none: memory only',
    doc: 'Directory for the log, snapshots and identity. One process at a time.',
  }),
  http: option<{ host: string; port: number } | undefined>({
    key: 'http',
    value: 'HOST:PORT',
    fallback: NOTHING,
    shown: '127.0.0.1:30100',
    doc: 'Where the REST API listens.',
    parse: parseHostPort,
  }),
  httpHost: text({
    key: 'http.host',
    value: 'HOST',
    fallback: NOTHING,
    doc: 'The host alone.',
    keys: ['server.host', 'httpaddr'],
  }),
  httpPort: option<number | undefined>({
    key: 'http.port',
    value: 'PORT',
    fallback: NOTHING,
    allowed: 'a port from 0 to 65535',
    doc: 'The port alone.',
    keys: ['server.port', 'httpport'],
    parse: parsePort,
  }),
  httpAdvertise: option<{ host: string; port: number } | undefined>({
    key: 'http.advertise',
    value: 'HOST:PORT',
    fallback: NOTHING,
    shown: 'where it listens',
    doc: 'Where clients and siblings are told to find the REST API.',
    parse: parseHostPort,
  }),
  gossip: option<readonly string[] | undefined>({
    key: 'gossip',
    value: 'MULTIADDR',
    fallback: NOTHING,
    shown: 'port 30190 on the host of --http',
    allowed: 'multiaddrs such as /ip4/0.0.0.0/tcp/30190',
    doc: 'Where the mesh listens.',
    repeatable: true,
    parse: parseGossip,
  }),
  advertise: option<readonly string[]>({
    key: 'advertise',
    value: 'MULTIADDR',
    fallback: [],
    shown: 'what it listens on',
    allowed: 'multiaddrs such as /dns4/sc1.example/tcp/30190',
    doc: 'What peers are told to dial: the address as it is seen from outside.',
    repeatable: true,
    parse: parseGossip,
  }),
  peers: option({
    key: 'peers',
    value: 'ADDRESS[,ADDRESS…]',
    fallback: [] as readonly MeshAddress[],
    allowed: 'HTTP addresses or multiaddrs, separated by commas',
    doc: 'Nodes of the own cluster.',
    repeatable: true,
    parse: parsePeers,
  }),
  clusters: option({
    key: 'clusters',
    value: 'NAME=ADDRESS[,ADDRESS…][,NAME=…]',
    fallback: [] as readonly ClusterAddresses[],
    allowed: 'name=address lists such as sc2=http://10.12.0.2:30100',
    doc: 'Nodes of other clusters.',
    keys: ['discovery.clusters', 'registry.etcd.cluster.endpoints', 'manager_cluster'],
    repeatable: true,
    parse: parseClusters,
  }),
  meshKey: option<Uint8Array | undefined>({
    key: 'meshKey',
    value: 'FILE',
    fallback: NOTHING,
    shown: 'none: configured addresses admit',
    allowed: 'a file made by `grapevine key`',
    doc: 'Shared key of the mesh: only its holders get as far as a handshake.',
    parse: file => parseMeshKey(readText(file)),
  }),
  allow: option({
    key: 'allow',
    value: 'ID[,ID…]',
    fallback: [] as readonly NodeId[],
    shown: 'everybody who is admitted',
    allowed: 'node ids such as 12D3KooW…',
    doc: 'Identities that alone may be peers.',
    repeatable: true,
    parse: parseNodeIds,
  }),
  sync: choice({
    key: 'sync',
    choices: ['group', 'relaxed', 'off'],
    fallback: 'group',
    doc: 'When a write counts: synced with its group, synced within 100 ms, or never synced.',
  }),
  logLevel: choice({
    key: 'log.level',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    fallback: 'info',
    doc: 'Lines of lower levels are left out.',
    keys: ['loglevel'],
  }),
  logFormat: choice({
    key: 'log.format',
    choices: ['json', 'text'],
    fallback: 'json',
    doc: 'One JSON object a line, or text for people.',
    keys: ['log_format'],
  }),
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
}

/** Of a URL only http and https mean something here. */
const parseUrl = (raw: string): string => {
  const { protocol } = new URL(raw)
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error()
  return raw
}

const parseRatio = (raw: string): number => {
  const ratio = Number(raw)
  if (!/^\d*\.?\d+$/.test(raw) || ratio > 1) throw new Error()
  return ratio
}

const TRACES = {
  traceEndpoint: option<string | undefined>({
    key: 'trace.endpoint',
    value: 'URL',
    allowed: 'a URL, such as http://collector:4318',
    fallback: undefined,
    parse: parseUrl,
    doc: 'Where traces are sent by OTLP over HTTP, to /v1/traces below it; without it there are none.',
    envs: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
  }),
  traceRatio: option<number>({
    key: 'trace.ratio',
    value: 'RATIO',
    allowed: 'a number from 0 to 1',
    fallback: 1,
    parse: parseRatio,
    doc: 'How many of the requests that carry no traceparent themselves are traced.',
  }),
}

/** How it treats what it cannot reach. */
const POLICY = {
  unreachable: choice({
    key: 'unreachable',
    choices: ['keep', 'mark', 'hide'],
    fallback: 'mark',
    doc: 'What becomes of instances of a cluster that cannot be reached.',
  }),
  hideAfterMs: duration({
    key: 'hideAfter',
    fallbackMs: 60_000,
    minMs: 1_000,
    maxMs: DAY_MS,
    doc: 'With unreachable=hide: how long a cluster must have been silent.',
  }),
  silentNode: choice({
    key: 'silentNode',
    choices: ['hide', 'mark', 'keep'],
    fallback: 'hide',
    doc: 'What becomes of instances of a node that is silent while its siblings are heard.',
  }),
  startAloneMs: duration({
    key: 'startAlone',
    fallbackMs: 10_000,
    minMs: 0,
    maxMs: 3_600_000,
    doc: 'How long a node without data waits for a configured peer before it serves alone.',
  }),
  orphanAfterMs: duration({
    key: 'orphanAfter',
    fallbackMs: DAY_MS,
    minMs: 60_000,
    maxMs: 365 * DAY_MS,
    doc: 'After this much silence a node is taken for gone, and a sibling ends its leases.',
  }),
  probeIntervalMs: duration({
    key: 'probe.interval',
    fallbackMs: 0,
    minMs: 0,
    maxMs: 3_600_000,
    doc: 'How often the node writes a record that others answer, to time the way of records between nodes; 0: never.',
  }),
}

/** Names the file that holds the others; so it stands in none, and not among them. */
export const CONFIG_OPTION = text({
  key: 'config',
  value: 'FILE',
  fallback: undefined,
  doc: 'YAML file (.yaml, .yml) or app.conf (.conf) with options by their keys.',
})

export const OPTIONS = {
  ...NODE,
  ...TRACES,
  ...POLICY,
  ...REGISTRY,
  ...SOURCES,
  ...QUOTAS,
  ...EDGE,
  ...TLS,
  ...LIMITS,
  ...RBAC,
}

export type OptionName = keyof typeof OPTIONS
/** Every option's value, by its name in the table. */
export type Values = { readonly [K in OptionName]: (typeof OPTIONS)[K]['fallback'] }
