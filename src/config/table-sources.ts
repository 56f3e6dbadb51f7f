import { parseExportRule } from '../sources/kubernetes/export-rule.ts'
import { DEFAULT_KUBERNETES_OPTIONS } from '../sources/kubernetes/options.ts'
import { DEFAULT_SERVICE_CENTER_OPTIONS } from '../sources/servicecenter/options.ts'
import { choice, duration, flag, list, option, Refusal, text } from './option.ts'

/** Kubernetes and older service centers: what `discovery.aggregate` names. */
export const SOURCES = {
  kubeconfig: text({
    key: 'kubernetes.config',
    value: 'FILE',
    fallback: undefined,
    shown: "the Pod's service account",
    doc: 'A kubeconfig file for the Kubernetes API.',
    envs: ['KUBERNETES_CONFIG_PATH'],
  }),
  kubernetesNamespaces: list({
    key: 'kubernetes.namespaces',
    value: 'NAME[,NAME…]',
    fallback: DEFAULT_KUBERNETES_OPTIONS.namespaces,
    doc: 'Namespaces whose Services are registered; none: all.',
    envs: ['KUBERNETES_NAMESPACE'],
  }),
  kubernetesExcluded: list({
    key: 'kubernetes.excludeNamespaces',
    value: 'NAME[,NAME…]',
    fallback: DEFAULT_KUBERNETES_OPTIONS.excludedNamespaces,
    doc: 'Namespaces that are left out.',
  }),
  kubernetesNames: choice({
    key: 'kubernetes.namespacedNames',
    choices: ['collisions', 'always'],
    fallback: DEFAULT_KUBERNETES_OPTIONS.namespacedNames,
    doc: 'Which Services are called name.namespace: the younger of two with one name, or all.',
  }),
  kubernetesExport: option({
    key: 'kubernetes.export',
    value: 'pod | nodePort | loadBalancer | none | NETWORK=HOST[:PORT][,…]',
    fallback: DEFAULT_KUBERNETES_OPTIONS.export,
    shown: 'pod',
    doc: 'What other clusters see of the addresses of Pods, unless a Service says otherwise.',
    parse: raw => {
      try {
        return parseExportRule(raw)
      } catch (error) {
        throw new Refusal((error as Error).message)
      }
    },
  }),
  kubernetesExportCheck: flag({
    key: 'kubernetes.exportCheck',
    fallback: DEFAULT_KUBERNETES_OPTIONS.exportCheck,
    doc: 'Whether an address is shown to other clusters only when a connection to it can be opened.',
  }),
  centerIntervalMs: duration({
    key: 'servicecenter.interval',
    fallbackMs: DEFAULT_SERVICE_CENTER_OPTIONS.intervalMs,
    minMs: 1_000,
    maxMs: 3_600_000,
    doc: 'Between two dumps of an older service center.',
    keys: ['registry.etcd.autoSyncInterval', 'auto_sync_interval'],
  }),
  centerTokenFile: text({
    key: 'servicecenter.tokenFile',
    value: 'FILE',
    fallback: undefined,
    doc: 'A token for older service centers with RBAC.',
  }),
  centerCaFile: text({
    key: 'servicecenter.caFile',
    value: 'FILE',
    fallback: undefined,
    shown: 'public ones',
    doc: 'Certificates that vouch for older service centers.',
  }),
  centerCertFile: text({
    key: 'servicecenter.certFile',
    value: 'FILE',
    fallback: undefined,
    doc: "This node's certificate for them.",
  }),
  centerKeyFile: text({
    key: 'servicecenter.keyFile',
    value: 'FILE',
    fallback: undefined,
    doc: 'Its key.',
  }),
  centerInsecure: flag({
    key: 'servicecenter.insecure',
    fallback: DEFAULT_SERVICE_CENTER_OPTIONS.insecure,
    doc: 'Whether their certificates are not looked at.',
  }),
}
