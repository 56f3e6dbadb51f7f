import { execFile, spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../helpers/until.ts'

/** Set by scripts/test-k8s. */
const { BIN = '', ROOT = '' } = process.env
const KUBECTL_DEADLINE_MS = 90_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

export interface Output {
  readonly code: number
  readonly text: string
}

/** Runs a program; its output and errors together. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Output> {
  return new Promise(resolve => {
    const child = execFile(
      command,
      args,
      {
        env: { ...process.env, ...options.env },
        timeout: KUBECTL_DEADLINE_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
      },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr }),
    )
    child.stdin?.end(options.input ?? '')
  })
}

/** A control plane that scripts/kubernetes/up.sh has started: etcd, API server and controller manager, no kubelet. */
export class ControlPlane {
  readonly name: string
  readonly kubeconfig: string
  readonly #folder: string

  constructor(name: string) {
    this.name = name
    this.#folder = join(ROOT, name)
    this.kubeconfig = join(this.#folder, 'kubeconfig')
  }

  /** Output of kubectl, which must succeed. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return this.#must(await run('kubectl', ['--kubeconfig', this.kubeconfig, ...args]), args)
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    const args = ['--kubeconfig', this.kubeconfig, 'apply', '--server-side', '--force-conflicts', '-f', '-']
    this.#must(await run('kubectl', args, { input }), args)
  }

  async namespace(name: string): Promise<string> {
    await this.kubectl('create', 'namespace', name)
    await until(`namespace ${name} is complete`, 60_000, async () => {
      const { code } = await run('kubectl', ['--kubeconfig', this.kubeconfig, '-n', name, 'get', 'sa', 'default'])
      return code === 0
    })
    return name
  }

  /** A Pod that runs and is ready, as a kubelet would report it. */
  async pod(namespace: string, name: string, ip: string, labels: Readonly<Record<string, string>>): Promise<void> {
    await this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, labels },
      spec: { nodeName: NODE, containers: [{ name: 'c', image: 'none' }], terminationGracePeriodSeconds: 0 },
    })
    const status = {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      hostIP: '10.60.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
    }
    const patch = JSON.stringify({ status })
    await this.kubectl('-n', namespace, 'patch', 'pod', name, '--subresource=status', '--type=merge', '-p', patch)
  }

  /** A kubeconfig with the rights of a service account. */
  async kubeconfigOf(namespace: string, account: string): Promise<string> {
    const token = (await this.kubectl('-n', namespace, 'create', 'token', account, '--duration=24h')).trim()
    const config = JSON.parse(await this.kubectl('config', 'view', '--raw', '-o', 'json')) as Record<string, unknown>
    const file = join(this.#folder, `${account}.kubeconfig`)
    const user = { name: account, user: { token } }
    const context = { name: account, context: { cluster: this.name, user: account } }
    writeFileSync(file, JSON.stringify({ ...config, users: [user], contexts: [context], 'current-context': account }))
    return file
  }

  /** Kills the API server without a chance to say goodbye. The answer starts the same one again. */
  async killApiServer(): Promise<() => Promise<void>> {
    const pidFile = join(this.#folder, 'kube-apiserver.pid')
    const pid = Number(readFileSync(pidFile, 'utf8'))
    const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
    process.kill(pid, 'SIGKILL')
    await until('the API server is gone', 30_000, () => !isAlive(pid))
    return async () => {
      const log = openSync(join(this.#folder, 'kube-apiserver.log'), 'a')
      const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] })
      child.unref()
      writeFileSync(pidFile, String(child.pid))
      await until('the API server is back', 90_000, async () => {
        return (await run('kubectl', ['--kubeconfig', this.kubeconfig, 'get', '--raw', '/readyz'])).code === 0
      })
    }
  }

  #must({ code, text }: Output, args: readonly string[]): string {
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} at ${this.name}: ${text}`)
    return text
  }
}

/** The node that all Pods run on. */
export const NODE = 'n1'

export const nodeObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: NODE, labels: { 'topology.kubernetes.io/region': 'r1', 'topology.kubernetes.io/zone': 'z1' } },
}

export async function addNode(plane: ControlPlane): Promise<void> {
  await plane.apply(nodeObject)
  const addresses = [{ type: 'InternalIP', address: '10.60.0.1' }]
  const conditions = [{ type: 'Ready', status: 'True' }]
  const patch = JSON.stringify({ status: { addresses, conditions } })
  await plane.kubectl('patch', 'node', NODE, '--subresource=status', '--type=merge', '-p', patch)
}

/** A zombie has ended, too. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export const helm = (major: 3 | 4): string => join(BIN, `helm-v${major}`, 'helm')
