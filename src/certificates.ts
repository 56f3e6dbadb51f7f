/** The certificate by which the REST API speaks HTTPS, read anew when its files change. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls'
import type { ServerTls } from './api/deps.ts'
import type { Clock } from './center/ports.ts'
import { ConfigError, type Values } from './config.ts'
import type { AskTls } from './mesh/ask.ts'

type Log = (level: 'info' | 'warn', fields: Readonly<Record<string, unknown>>, message: string) => void

/** A server that takes new certificates for connections to come. */
interface Server {
  setSecureContext(options: SecureContextOptions): void
}

export type TlsValues = Pick<
  Values,
  | 'sslDir'
  | 'sslCertFile'
  | 'sslKeyFile'
  | 'sslKeyPasswordFile'
  | 'sslTrustFile'
  | 'sslVerifyClient'
  | 'sslMinVersion'
  | 'sslReloadMs'
>

/** What the files hold now. Throws ConfigError that names the file and what is wrong. */
export function readTls(values: TlsValues): ServerTls {
  const { sslDir, sslVerifyClient, sslMinVersion: minVersion } = values
  const certFile = values.sslCertFile ?? join(sslDir, 'server.cer')
  const keyFile = values.sslKeyFile ?? join(sslDir, 'server_key.pem')
  const passphrase = passwordOf(values)
  const tls = {
    cert: pem(certFile),
    key: pem(keyFile),
    minVersion,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(sslVerifyClient
      ? { ca: pem(values.sslTrustFile ?? join(sslDir, 'trust.cer')), requestCert: true, rejectUnauthorized: true }
      : {}),
  }
  try {
    createSecureContext(tls)
  } catch (error) {
    throw new ConfigError(`${certFile} and ${keyFile} are no certificate and its key: ${(error as Error).message}`)
  }
  return tls
}

/**
 * How this node asks other nodes that want to see certificates: by its own, trusting whom it lets in itself beside public
 * authorities and NODE_EXTRA_CA_CERTS. `first` while the files cannot be used.
 */
export function askingTls(values: TlsValues, first: ServerTls): AskTls {
  const { cert, key, passphrase, ca } = readable(values) ?? first
  return {
    cert,
    key,
    ca: [...getCACertificates('default'), ...(ca === undefined ? [] : [ca])],
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

function readable(values: TlsValues): ServerTls | undefined {
  try {
    return readTls(values)
  } catch {
    // Whoever reloads the files says so.
    return undefined
  }
}

/**
 * Looks at the files again and again; the answer stops it. Changed ones are used from the next connection on; what cannot
 * be used is reported once, and the former certificate stays.
 */
export function reloadTls(values: TlsValues, first: ServerTls, server: Server, clock: Clock, log: Log): () => void {
  let used = JSON.stringify(first)
  let complaint = ''
  const look = (): void => {
    try {
      const tls = readTls(values)
      const read = JSON.stringify(tls)
      if (read !== used) {
        server.setSecureContext(tls)
        used = read
        log('info', {}, 'the certificate was read anew')
      }
      complaint = ''
    } catch (error) {
      const { message } = error as Error
      if (message !== complaint) log('warn', { reason: message }, 'the former certificate stays')
      complaint = message
    }
    cancel = clock.after(values.sslReloadMs, look)
  }
  let cancel = clock.after(values.sslReloadMs, look)
  return () => cancel()
}

function passwordOf({ sslDir, sslKeyPasswordFile }: TlsValues): string | undefined {
  if (sslKeyPasswordFile !== undefined) return content(sslKeyPasswordFile).trim()
  try {
    return readFileSync(join(sslDir, 'cert_pwd'), 'utf8').trim()
  } catch {
    return undefined
  }
}

/** A file that is just being written is empty for a moment, and Node takes an empty certificate for none at all. */
function pem(path: string): string {
  const text = content(path)
  if (text.trim() === '') throw new ConfigError(`${path} is empty`)
  return text
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`${path} cannot be read for HTTPS (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
}
