import { type ApiLimits, DEFAULT_LIMITS } from '../api/options.ts'
import { duration, type Option, whole } from './option.ts'

const BYTES_MAX = 1_073_741_824
const COUNT_MAX = 1_000_000
const DAY_MS = 86_400_000

type Names = { readonly key: string; readonly doc: string; readonly keys?: readonly string[] }

const bytes = (name: keyof ApiLimits, names: Names, min = 1_024, max = BYTES_MAX): Option<number> =>
  whole({ ...names, fallback: DEFAULT_LIMITS[name], min, max })

const count = (name: keyof ApiLimits, names: Names, min = 0): Option<number> =>
  whole({ ...names, fallback: DEFAULT_LIMITS[name], min, max: COUNT_MAX })

const time = (name: keyof ApiLimits, names: Names): Option<number> =>
  duration({ ...names, fallbackMs: DEFAULT_LIMITS[name], minMs: 1_000, maxMs: DAY_MS })

/** Every bound that clients could otherwise push, under the name that it has in the API. */
export const LIMITS = {
  bodyBytesMax: bytes('bodyBytesMax', {
    key: 'limits.bodyBytes',
    doc: 'Largest request body.',
    keys: ['server.request.maxBodyBytes', 'max_body_bytes'],
  }),
  instanceBodyBytesMax: bytes('instanceBodyBytesMax', {
    key: 'limits.instanceBodyBytes',
    doc: 'Largest registration of one instance.',
  }),
  propertiesBodyBytesMax: bytes('propertiesBodyBytesMax', {
    key: 'limits.propertiesBodyBytes',
    doc: 'Largest body with properties of a service or an instance.',
  }),
  policyBodyBytesMax: bytes('policyBodyBytesMax', {
    key: 'limits.policyBodyBytes',
    doc: 'Largest governance rule.',
  }),
  headerBytesMax: bytes(
    'headerBytesMax',
    {
      key: 'limits.headerBytes',
      doc: 'Largest request header.',
      keys: ['server.request.maxHeaderBytes', 'max_header_bytes'],
    },
    1_024,
    1_048_576,
  ),
  targetBytesMax: bytes(
    'targetBytesMax',
    { key: 'limits.targetBytes', doc: 'Request targets of this length and above are refused.' },
    256,
    65_536,
  ),
  connectionsMax: count('connectionsMax', { key: 'limits.connections', doc: 'Open connections; 0: no limit.' }),
  headersTimeoutMs: time('headersTimeoutMs', {
    key: 'limits.headersTimeout',
    doc: 'How long a request may take to send its header.',
  }),
  requestTimeoutMs: time('requestTimeoutMs', {
    key: 'limits.requestTimeout',
    doc: 'How long a request may take to send all of itself.',
  }),
  idleTimeoutMs: time('idleTimeoutMs', {
    key: 'limits.idleTimeout',
    doc: 'A connection that is silent in the middle of a request for so long is taken for half open.',
  }),
  keepAliveTimeoutMs: time('keepAliveTimeoutMs', {
    key: 'limits.keepAliveTimeout',
    doc: 'How long an idle connection is kept. Longer than load balancers keep theirs.',
  }),
  requestsPerSecondMax: count('requestsPerSecondMax', {
    key: 'limits.requestsPerSecond',
    doc: 'Requests of one address a second; 0: no limit.',
  }),
  addressesMax: count(
    'addressesMax',
    { key: 'limits.addresses', doc: 'Addresses whose rate is known at the same time.' },
    1,
  ),
  batchFindMax: count('batchFindMax', { key: 'limits.batchFind', doc: 'What one batch find may ask for.' }, 1),
  batchBytesMax: bytes('batchBytesMax', { key: 'limits.batchBytes', doc: 'Largest answer to a batch find.' }),
  watchersPerConsumerMax: count(
    'watchersPerConsumerMax',
    { key: 'limits.watchersPerConsumer', doc: 'Watchers of one consumer.' },
    1,
  ),
  socketsMax: count('socketsMax', { key: 'limits.sockets', doc: 'Watchers and heartbeat sockets together.' }, 1),
  watcherBufferBytesMax: bytes('watcherBufferBytesMax', {
    key: 'limits.watcherBufferBytes',
    doc: 'Bytes that may wait for one slow watcher before it is closed.',
  }),
  renderCacheBytesMax: bytes('renderCacheBytesMax', {
    key: 'limits.renderCacheBytes',
    doc: 'Bytes of answers that are kept for further readers.',
  }),
  watchHistoryMax: count(
    'watchHistoryMax',
    { key: 'limits.watchHistory', doc: 'Events that are kept so that a watcher can resume where it left off.' },
    1,
  ),
} satisfies { readonly [K in keyof ApiLimits]: Option<number> }

/** The values of these options, as the API takes them. */
export const limitsOf = (values: Readonly<Record<keyof ApiLimits, number>>): ApiLimits =>
  Object.fromEntries(Object.keys(LIMITS).map(name => [name, values[name as keyof ApiLimits]])) as unknown as ApiLimits
