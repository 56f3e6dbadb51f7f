import type { RequestOptions } from 'node:https'
import type { KubeAccess } from './api.ts'

/**
 * Access by a kubeconfig file (`path`), otherwise by the service account of the Pod. Throws an Error for operators when
 * there is neither. The client is loaded here and nowhere else: it takes 50 MB, which nodes without this source save.
 */
export async function kubeAccess(path: string | undefined): Promise<KubeAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (path !== undefined) config.loadFromFile(path)
  else if (process.env.KUBERNETES_SERVICE_HOST !== undefined) config.loadFromCluster()
  else throw new Error('no kubeconfig is given, and this is no Pod of a Kubernetes cluster with a service account')
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`${path ?? 'the service account'} names no current cluster`)
  return {
    server: cluster.server.replace(/\/+$/, ''),
    apply: options => config.applyToHTTPSOptions(options as RequestOptions),
  }
}
