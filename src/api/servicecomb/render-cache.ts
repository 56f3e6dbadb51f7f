import type { ReadOptions, ServiceView } from '../../core/view.ts'
import { gzip } from '../http/gzip.ts'
import { instanceJson } from './render.ts'

/** A find's answer: rendered once per revision, whoever asks. */
export interface Rendered {
  /** `{"instances":[…]}`, or `{}`. */
  readonly body: string | Buffer
  readonly compressed: () => Promise<Buffer>
}

interface Piece {
  readonly revision: string
  readonly json: string
}

interface Entry extends Rendered {
  readonly revision: string
  /** By instance, so that one change among a thousand renders one. */
  readonly pieces: ReadonlyMap<string, Piece>
  readonly bytes: number
  /** Asked for since it was last considered for removal. */
  used: boolean
}

/** What a piece costs beyond its text: a map's slot, two strings' headers. A coarse estimate is enough for a bound. */
const PIECE_OVERHEAD_BYTES = 200
/** Up to here a text sent with its head in one piece is cheaper than bytes sent beside it. */
const TEXT_LENGTH_MAX = 4_096
const HEAD = '{"instances":['
const TAIL = ']}'

/** The instances' array within a rendered body, with its brackets. Undefined when there are none. */
export function arrayOf({ body }: Rendered): string | Buffer | undefined {
  if (body.length <= HEAD.length) return undefined
  const [start, end] = [HEAD.length - 1, body.length - 1]
  return typeof body === 'string' ? body.slice(start, end) : body.subarray(start, end)
}

/** When the bound is met, answers go in the order in which they came, those used since then after the others. */
export class RenderCache {
  readonly #bytesMax: number
  readonly #tell: () => void
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /** `tell`: called for each rendering. */
  constructor(bytesMax: number, tell: () => void = () => undefined) {
    this.#bytesMax = bytesMax
    this.#tell = tell
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The instances of these services. `revision` is the services' combined one under the same options. */
  render(services: readonly ServiceView[], options: ReadOptions, revision: string): Rendered {
    const key = keyOf(services, options)
    const known = this.#entries.get(key)
    if (known?.revision === revision) {
      known.used = true
      return known
    }
    const entry = build(services, options, revision, known?.pieces)
    this.#tell()
    this.#put(key, entry, known)
    return entry
  }

  #put(key: string, entry: Entry, replaced: Entry | undefined): void {
    this.#entries.delete(key)
    this.#bytes -= replaced?.bytes ?? 0
    if (entry.bytes > this.#bytesMax) return
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    while (this.#bytes > this.#bytesMax) this.#consider()
  }

  /** Drops the oldest answer, or lets it stay for another round. */
  #consider(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key)
      if (entry.used) {
        entry.used = false
        this.#entries.set(key, entry)
      } else {
        this.#bytes -= entry.bytes
      }
      return
    }
  }
}

/** Ids are part of what is rendered, and are unique within a scope only. */
function keyOf(services: readonly ServiceView[], options: ReadOptions): string {
  const { local, unreachable } = options
  let key = local === true || unreachable !== undefined ? `${local === true ? 'l' : 'g'}${unreachable ?? ''}` : ''
  for (const { sid, id } of services) {
    // Mostly there is one, under its derived id: then the key is that very string, and hashed already.
    key = key === '' && id === sid ? sid : `${key}/${sid}:${id}`
  }
  return key
}

function build(
  services: readonly ServiceView[],
  options: ReadOptions,
  revision: string,
  before: ReadonlyMap<string, Piece> | undefined,
): Entry {
  const pieces = new Map<string, Piece>()
  for (const service of services) {
    for (const instance of service.instances(options)) {
      const name = `${service.sid}/${instance.instanceId}`
      const old = before?.get(name)
      const current = old?.revision === instance.revision ? old : undefined
      pieces.set(name, current ?? { revision: instance.revision, json: render(service, instance) })
    }
  }
  const json = [...pieces.values()].map(piece => piece.json).join(',')
  const text = pieces.size === 0 ? '{}' : HEAD + json + TAIL
  const body = text.length <= TEXT_LENGTH_MAX ? text : Buffer.from(text)
  let compressed: Promise<Buffer> | undefined
  return {
    revision,
    pieces,
    body,
    bytes: 2 * body.length + pieces.size * PIECE_OVERHEAD_BYTES,
    used: false,
    compressed: () => (compressed ??= gzip(body)),
  }
}

const render = (service: ServiceView, instance: { read(): Parameters<typeof instanceJson>[0] }): string =>
  JSON.stringify(instanceJson(instance.read(), service.id))
