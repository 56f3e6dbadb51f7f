import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { promisify } from 'node:util'
import { gzip as compress, createGzip } from 'node:zlib'

/** Shorter bodies travel as they are: the reference's number. */
export const GZIP_BYTES_MIN = 1_400

/** The fastest level: bodies are compressed once per revision, and by far the most is won by the first level. */
const LEVEL = 1

const compressed = promisify<string | Buffer, { level: number }, Buffer>(compress)

/** Runs in the thread pool, so a large body does not hold up other requests. */
export const gzip = (body: string | Buffer): Promise<Buffer> => compressed(body, { level: LEVEL })

export function gzipStream(source: Readable): Readable {
  const compressing = createGzip({ level: LEVEL })
  // An error ends both: the receiver sees a broken body.
  pipeline(source, compressing, () => undefined)
  return compressing
}

export function acceptsGzip(accepted: string | string[] | undefined): boolean {
  if (accepted === undefined) return false
  const text = Array.isArray(accepted) ? accepted.join(',') : accepted
  return text.split(',').some(part => {
    const [coding = '', ...parameters] = part.split(';').map(item => item.trim().toLowerCase())
    return (coding === 'gzip' || coding === '*') && !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))
  })
}
