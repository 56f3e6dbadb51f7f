import { CliError, EXIT } from './cli-error.ts'

/** A backup that `dump` writes and `restore` reads. */
export interface Backup {
  readonly format: 'grapevine-backup'
  readonly version: 1
  /** When it was taken, by the clock of the machine that took it. */
  readonly takenAt: string
  readonly cluster: string
  readonly services: readonly SavedService[]
}

export interface SavedService {
  readonly domain: string
  readonly project: string
  readonly service: Readonly<Record<string, unknown>> & { readonly serviceId: string; readonly serviceName: string }
  readonly tags: Readonly<Record<string, string>>
  readonly schemas: readonly { readonly schemaId: string; readonly schema: string; readonly summary?: string }[]
  /** Whom it uses. */
  readonly providers: readonly { readonly environment?: string; readonly appId: string; readonly serviceName: string }[]
  readonly instances: readonly (Readonly<Record<string, unknown>> & { readonly instanceId: string })[]
}

/** Throws CliError for what is no backup. */
export function readBackup(text: string, file: string): Backup {
  let found: Partial<Backup> | null
  try {
    found = JSON.parse(text)
  } catch (error) {
    throw new CliError(
      `${file} is no JSON: ${(error as Error).message}`,
      'Restore a file that "grapevine dump FILE" wrote.',
      EXIT.USAGE,
    )
  }
  const isBackup = typeof found === 'object' && found?.format === 'grapevine-backup' && Array.isArray(found.services)
  if (!isBackup)
    throw new CliError(`${file} is no backup`, 'Restore a file that "grapevine dump FILE" wrote.', EXIT.USAGE)
  if (found?.version !== 1) {
    throw new CliError(
      `${file} has version ${found?.version}`,
      'Use the grapevine that wrote it, or a newer one.',
      EXIT.USAGE,
    )
  }
  return found as Backup
}
