import { CliError } from '../cli-error.ts'
import type { Action } from '../run.ts'

/** The reference's codes, which scripts know. */
const HEALTH = { HEALTHY: 0, INTERNAL: 1, UNAVAILABLE: 2, ABNORMAL: 3 } as const

interface Instance {
  readonly instanceId: string
  readonly hostName: string
  readonly endpoints?: readonly string[]
}

/** Whether the service center answers: 0 healthy, 1 an error of this tool, 2 unavailable, 3 abnormal. */
export const health: Action = async ({ client, out }) => {
  try {
    const reply = await client.reply('GET', '/v4/default/registry/health')
    const ready = await client.reply('GET', '/grapevine/v1/ready')
    const { instances = [] } = (reply.json ?? {}) as { readonly instances?: readonly Instance[] }
    const healthy = reply.status === 200 && ready.status !== 503
    const code = reply.status >= 500 ? HEALTH.UNAVAILABLE : healthy ? HEALTH.HEALTHY : HEALTH.ABNORMAL
    if (out.isForPrograms) await out.data({ healthy, status: reply.status, ready: ready.status === 200, instances })
    else if (healthy) out.line(`healthy: ${client.address}`)
    else out.note(`not healthy: ${client.address} answers ${reply.status}, ready ${ready.status}: ${reply.text.trim()}`)
    return code
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    throw new CliError(error.message, error.hint, HEALTH.UNAVAILABLE)
  }
}
