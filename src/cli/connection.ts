import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { usage } from './cli-error.ts'

/** The options that every command has, as commander names them. */
export interface GlobalOptions {
  readonly addr?: readonly string[]
  readonly token?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly pass?: string
  readonly passFile?: string
  readonly peer?: boolean
  readonly insecure?: boolean
  readonly timeout?: string
  readonly verbose?: boolean
  readonly domain?: string
  readonly project?: string
  readonly output?: string
}

/** Where nodes are, and how they are spoken to. */
export interface Connection {
  /** Tried one after another, without a slash at the end. */
  readonly addresses: readonly string[]
  readonly token: string | undefined
  readonly timeoutMs: number
  readonly domain: string
  readonly project: string
  readonly tls: Tls
  readonly verbose: boolean
}

export interface Tls {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
  readonly passphrase: string | undefined
  readonly rejectUnauthorized: boolean
}

type Env = Readonly<Record<string, string | undefined>>

const DEFAULT_PORT = 30_100
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Flags first, then GRAPEVINE_…, then the names that the reference's tool reads. Throws CliError. */
export function connectionOf(options: GlobalOptions, env: Env): Connection {
  const named = options.addr ?? (env.GRAPEVINE_ADDR ? [env.GRAPEVINE_ADDR] : undefined)
  const addresses = (named ?? [`http://${env.HOSTING_SERVER_IP || '127.0.0.1'}:${DEFAULT_PORT}`])
    .flatMap(list => list.split(','))
    .map(addressOf)
  return {
    addresses,
    token: options.token ?? (env.GRAPEVINE_TOKEN || undefined),
    timeoutMs: durationMs(options.timeout ?? '10s'),
    domain: options.domain ?? 'default',
    project: options.project ?? 'default',
    tls: tlsOf(options, env.SSL_ROOT),
    verbose: options.verbose === true,
  }
}

/** `host`, `host:port` and whole URLs. */
function addressOf(text: string): string {
  const trimmed = text.trim()
  const url = URL.parse(/^https?:\/\//.test(trimmed) ? trimmed : `http://${trimmed}`)
  if (url === null || url.hostname === '' || url.pathname !== '/' || url.search !== '') {
    throw usage(
      `${JSON.stringify(text)} is no address`,
      'Say --addr http://HOST:30100, or several separated by commas.',
    )
  }
  if (url.port === '' && !/^https?:\/\//.test(trimmed)) url.port = String(DEFAULT_PORT)
  return url.origin
}

/** `10s`, `1m30s`, `500ms`, or seconds alone. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const whole = parts.map(([part]) => part).join('')
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0)
  if ((whole !== text && !/^\d+$/.test(text)) || ms <= 0)
    throw usage(`${JSON.stringify(text)} is no duration`, 'Say 10s, 500ms or 1m30s.')
  return ms
}

function tlsOf(options: GlobalOptions, sslRoot: string | undefined): Tls {
  const inRoot = (name: string): string | undefined => {
    const file = sslRoot === undefined || sslRoot === '' ? undefined : join(sslRoot, name)
    return file !== undefined && existsSync(file) ? file : undefined
  }
  const passFile = options.passFile ?? inRoot('cert_pwd')
  return {
    ca: read('--ca', options.ca ?? inRoot('trust.cer')),
    cert: read('--cert', options.cert ?? inRoot('server.cer')),
    key: read('--key', options.key ?? inRoot('server_key.pem')),
    passphrase: options.pass ?? read('--pass-file', passFile)?.toString('utf8').trim(),
    rejectUnauthorized: options.insecure !== true || options.peer === true,
  }
}

function read(flag: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw usage(`${flag}: ${file} cannot be read (${code ?? 'error'})`, 'Check the path and its permissions.')
  }
}
