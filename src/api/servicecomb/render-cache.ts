import type { ReadOptions, ServiceView } from '../../core/view.ts'
import { gzip } from '../http/gzip.ts'
import { instanceJson } from './render.ts'

/** A find's answer: rendered once per revision, whoever asks. */
export interface Rendered {
  /** `{"instances":[…]}`, or `{}`. */
  readonly body: Buffer
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
}

/** What a piece costs beyond its text: a map's slot, two strings' headers. A coarse estimate is enough for a bound. */
const PIECE_OVERHEAD_BYTES = 200
const HEAD = '{"instances":['
const TAIL = ']}'

/** The instances' array within a rendered body, with its brackets. Undefined when there are none. */
export const arrayOf = ({ body }: Rendered): Buffer | undefined =>
  body.length <= HEAD.length ? undefined : body.subarray(HEAD.length - 1, body.length - 1)

/** Least recently used answers go first when the bound is met. */
export class RenderCache {
  readonly #bytesMax: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The instances of these services. `revision` is the services' combined one under the same options. */
  render(services: readonly ServiceView[], options: ReadOptions, revision: string): Rendered {
    const key = keyOf(services, options)
    const known = this.#entries.get(key)
    if (known?.revision === revision) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const entry = build(services, options, revision, known?.pieces)
    this.#put(key, entry, known)
    return entry
  }

  #put(key: string, entry: Entry, replaced: Entry | undefined): void {
    this.#entries.delete(key)
    this.#bytes -= replaced?.bytes ?? 0
    if (entry.bytes > this.#bytesMax) return
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
    for (const [oldest, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) return
      this.#entries.delete(oldest)
      this.#bytes -= bytes
    }
  }
}

/** Ids are part of what is rendered, and are unique within a scope only. */
function keyOf(services: readonly ServiceView[], options: ReadOptions): string {
  let key = `${options.local === true ? 'l' : 'g'}${options.unreachable ?? ''}`
  for (const { sid, id } of services) key += id === sid ? `/${sid}` : `/${sid}:${id}`
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
      pieces.set(name, current ?? { revision: instance.revision, json: text(service, instance) })
    }
  }
  const json = [...pieces.values()].map(piece => piece.json).join(',')
  const body = Buffer.from(pieces.size === 0 ? '{}' : HEAD + json + TAIL)
  let compressed: Promise<Buffer> | undefined
  return {
    revision,
    pieces,
    body,
    bytes: 2 * body.length + pieces.size * PIECE_OVERHEAD_BYTES,
    compressed: () => (compressed ??= gzip(body)),
  }
}

const text = (service: ServiceView, instance: { read(): Parameters<typeof instanceJson>[0] }): string =>
  JSON.stringify(instanceJson(instance.read(), service.id))
