import { readFile } from 'node:fs/promises'
import { readBackup, type SavedService } from '../backup.ts'
import { CliError, EXIT, usage } from '../cli-error.ts'
import type { Action, Run } from '../run.ts'

export interface RestoreOptions {
  readonly instances?: boolean
  readonly dryRun?: boolean
}

/** The fields that a registration may say; the center sets the others. */
const GIVEN = [
  'serviceId',
  'environment',
  'appId',
  'serviceName',
  'version',
  'alias',
  'description',
  'level',
  'status',
  'schemas',
  'paths',
  'properties',
  'registerBy',
  'framework',
] as const

/**
 * Registers what a backup holds at a node: services with their ids, contracts, tags and dependencies. What is there already
 * keeps its description. Instances register themselves; `--instances` adds those of the backup, whose leases then run.
 */
export const restore: Action<RestoreOptions> = async (run, options, [file = '']) => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usage(`${file} cannot be read (${error.code ?? 'error'})`, 'Name a file that "grapevine dump FILE" wrote.')
  })
  const { services, takenAt, cluster } = readBackup(text, file)
  const failed: string[] = []
  let done = 0
  for (const [i, saved] of services.entries()) {
    run.out.progress(`${i + 1} of ${services.length} services`)
    if (options.dryRun === true) continue
    try {
      await put(run, saved, options.instances === true)
      done += 1
    } catch (error) {
      if (!(error instanceof CliError) || error.code === EXIT.UNREACHABLE) throw error
      failed.push(`${saved.service.serviceName}: ${error.message}`)
    }
  }
  run.out.progress('')
  const summary = { restored: done, failed, takenAt, cluster, total: services.length }
  if (run.out.isForPrograms) await run.out.data(summary)
  else if (options.dryRun === true)
    run.out.line(`${services.length} services of ${cluster}, saved at ${takenAt}, would be restored`)
  else run.out.line(`${done} of ${services.length} services of ${cluster}, saved at ${takenAt}, restored`)
  for (const each of failed) run.out.note(`not restored: ${each}`)
  return failed.length === 0 ? EXIT.OK : EXIT.NO
}

async function put({ client }: Run, saved: SavedService, withInstances: boolean): Promise<void> {
  const { domain, project } = saved
  const base = `/v4/${encodeURIComponent(project)}/registry`
  const service = Object.fromEntries(
    GIVEN.flatMap(name => (saved.service[name] === undefined ? [] : [[name, saved.service[name]]])),
  )
  const { serviceId } = await client.json<{ readonly serviceId: string }>('POST', `${base}/microservices`, {
    body: { service },
    domain,
  })
  const path = `${base}/microservices/${encodeURIComponent(serviceId)}`
  for (const { schemaId, schema, summary } of saved.schemas) {
    const body = { schema, ...(summary ? { summary } : {}) }
    await client.json('PUT', `${path}/schemas/${encodeURIComponent(schemaId)}`, { body, domain })
  }
  if (Object.keys(saved.tags).length > 0)
    await client.json('POST', `${path}/tags`, { body: { tags: saved.tags }, domain })
  if (saved.providers.length > 0) await putDependencies({ client }, saved, base)
  if (!withInstances) return
  for (const instance of saved.instances) {
    const { serviceId: _id, timestamp: _at, modTimestamp: _mod, version: _version, ...given } = instance
    await client.json('POST', `${path}/instances`, { body: { instance: given }, domain })
  }
}

async function putDependencies({ client }: Pick<Run, 'client'>, saved: SavedService, base: string): Promise<void> {
  const { domain, service } = saved
  const { environment, appId, serviceName, version } = service as Readonly<Record<string, string | undefined>>
  const consumer = { ...(environment ? { environment } : {}), appId, serviceName, version }
  const providers = saved.providers.map(provider => ({ ...provider, version: '0.0.0+' }))
  await client.json('POST', `${base}/dependencies`, { body: { dependencies: [{ consumer, providers }] }, domain })
}
