import type { ExportRule } from './export-rule.ts'

export interface KubernetesOptions {
  /** A kubeconfig file; undefined: the service account of the Pod. */
  readonly kubeconfig: string | undefined
  /** Namespaces to follow; none: all. */
  readonly namespaces: readonly string[]
  /** Namespaces that are left out. */
  readonly excludedNamespaces: readonly string[]
  /** `always`: every service is called `name.namespace`; `collisions`: only the younger of two that share a name. */
  readonly namespacedNames: 'always' | 'collisions'
  /** What other clusters see of an address, unless the Service says otherwise. */
  readonly export: ExportRule
  /** An address that this node cannot open a connection to is not shown to other clusters. */
  readonly exportCheck: boolean
}

export const DEFAULT_KUBERNETES_OPTIONS: KubernetesOptions = {
  kubeconfig: undefined,
  namespaces: [],
  excludedNamespaces: ['kube-system'],
  namespacedNames: 'collisions',
  export: { kind: 'pod' },
  exportCheck: false,
}
