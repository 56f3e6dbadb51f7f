import type { Action } from '../run.ts'

/** The node's own version, beside the one of this tool. */
export const nodeVersion: Action = async ({ client, out }) => {
  const version = await client.v4<Readonly<Record<string, string>>>('GET', '/registry/version')
  if (out.isForPrograms) await out.data(version)
  else out.line(`node ${version.version} at ${client.address}, API ${version.apiVersion}`)
  return undefined
}
