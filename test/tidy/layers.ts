/**
 * The table of layers: what each part of src may import, and which packages. The compiler keeps Node out of core and
 * center, the linter keeps clocks out of core; this table keeps the rest, and siblings apart.
 */
export interface Layer {
  /** Paths of its files, as prefixes. The first layer that fits counts. */
  readonly paths: readonly string[]
  /** Prefixes of paths that it may import besides its own. */
  readonly imports: readonly string[]
  /** Packages; a trailing `/` means the whole scope. */
  readonly packages: readonly string[]
}

const PORTS = 'src/center/ports.ts'
const CORE = 'src/core/'

export const LAYERS: Readonly<Record<string, Layer>> = {
  codec: { paths: ['src/core/codec.ts'], imports: [CORE], packages: ['msgpackr'] },
  core: { paths: [CORE], imports: [], packages: [] },
  center: { paths: ['src/center/'], imports: [CORE], packages: [] },
  mesh: {
    paths: ['src/mesh/'],
    imports: [CORE, PORTS],
    packages: ['libp2p', '@libp2p/', '@chainsafe/libp2p-gossipsub', '@multiformats/multiaddr'],
  },
  store: { paths: ['src/store/'], imports: [CORE, PORTS], packages: [] },
  sources: { paths: ['src/sources/'], imports: [CORE, PORTS], packages: ['@kubernetes/client-node'] },
  api: { paths: ['src/api/'], imports: [CORE, PORTS], packages: ['fastify', '@fastify/', 'find-my-way', 'ws', 'yaml'] },
  // Runs in browsers, except what hands it to them; like the commands it knows the types of what a node answers.
  ui: {
    paths: ['src/ui/'],
    imports: [CORE, PORTS],
    packages: ['preact', 'htm', '@preact/signals'],
  },
  telemetry: {
    paths: ['src/telemetry/'],
    imports: [CORE, PORTS],
    packages: ['pino', 'pino-pretty', 'prom-client', '@opentelemetry/'],
  },
  // Operators' commands speak to a node over HTTP; what it answers has the types of its ports.
  cli: { paths: ['src/cli/'], imports: [CORE, PORTS], packages: ['commander', 'cli-table3', 'ws', 'yaml'] },
  // Values are checked by the parsers of the edges that use them, and defaults are theirs.
  config: {
    paths: ['src/config/', 'src/config.ts'],
    imports: [CORE, 'src/mesh/', 'src/api/', 'src/sources/'],
    packages: ['yaml'],
  },
  // What stands directly in src puts everything together.
  process: { paths: ['src/'], imports: ['src/'], packages: ['commander', 'fastify', 'pino', '@libp2p/interface'] },
}
