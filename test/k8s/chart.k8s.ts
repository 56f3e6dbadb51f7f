import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { until } from '../helpers/until.ts'
import { ControlPlane, helm, type Output, run } from './control-plane.ts'

const CHART = join(import.meta.dirname, '../../k8s/service-center')
/** The original's line, without what helm dropped. */
const LINE = [
  ...['--set', 'sc.discovery.clusters=sc2=http://10.12.0.2:30100'],
  ...['--set', 'sc.discovery.aggregate=k8s\\,servicecenter'],
  ...['--set', 'sc.registry.type=buildin'],
  ...['--set', 'sc.service.type=NodePort'],
]

interface KubeObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: {
    readonly template?: { readonly spec: { readonly containers: readonly Container[] } }
    readonly endpoints?: readonly { readonly scheme?: string; readonly tlsConfig?: object }[]
  }
}

interface Probe {
  readonly httpGet?: { readonly scheme: string }
  readonly exec?: { readonly command: readonly string[] }
}

interface Container {
  readonly args: readonly string[]
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}

/** Of the release's only workload. */
const containersOf = (objects: readonly KubeObject[]): readonly Container[] =>
  objects.find(({ kind }) => kind === 'DaemonSet')?.spec?.template?.spec.containers ?? []

const MATRIX: Readonly<Record<string, readonly string[]>> = {
  'nothing set': [],
  'the original line': LINE,
  'a Deployment of three': ['--set', 'sc.kind=Deployment,sc.replicaCount=3'],
  'a StatefulSet with claims': [
    '--set',
    'sc.kind=StatefulSet,sc.replicaCount=3,sc.persistence.enabled=true,sc.persistence.storageClass=fast',
  ],
  'a DaemonSet that keeps its data': [
    '--set',
    'sc.persistence.enabled=true,sc.persistence.hostPath=/var/lib/grapevine',
  ],
  'a claim that exists': ['--set', 'sc.kind=Deployment,sc.persistence.enabled=true,sc.persistence.existingClaim=data'],
  'load balancers': ['--set', 'sc.service.type=LoadBalancer,sc.gossip.advertise[0]=/dns/sc1.example/tcp/30190'],
  'gossip by load balancer alone': ['--set', 'sc.gossip.type=LoadBalancer,sc.gossip.externalTrafficPolicy=Local'],
  'a mesh key': ['--set', 'sc.meshKey.value=/key/swarm/psk/1.0.0/'],
  'a mesh key that exists': ['--set', 'sc.meshKey.existingSecret=mine,sc.meshKey.secretKey=psk'],
  'some namespaces': ['--set', 'sc.kubernetes.namespaces={default,kube-public}'],
  'no Kubernetes': ['--set', 'sc.discovery.type=local'],
  'exported addresses': ['--set', 'sc.kubernetes.export=nodePort,sc.kubernetes.exportCheck=true'],
  'an older center with a token': ['--set', 'sc.servicecenter.secret=old,sc.servicecenter.keys={token,ca.crt}'],
  'every object there is': [
    '--set',
    'sc.ingress.enabled=true,sc.networkPolicy.enabled=true,frontend.deployment=true,sc.priorityClassName=system-cluster-critical,sc.kind=Deployment,sc.replicaCount=2',
  ],
  HTTPS: ['--set', 'sc.ssl.secret=tls,sc.ssl.minVersion=TLSv1.3'],
  'HTTPS, and clients with certificates': ['--set', 'sc.ssl.secret=tls,sc.ssl.caKey=ca.crt,sc.ssl.verifyClient=true'],
  'further options': ['--set', 'sc.options.unreachable=hide', '--set', 'sc.extraEnv[0].name=A,sc.extraEnv[0].value=b'],
  IPv6: ['--set', 'sc.ipFamily=IPv6,sc.service.type=NodePort'],
  'other names': ['--set', 'nameOverride=grapevine,sc.registry.name=sc1,sc.image.tag=1,sc.nodeSelector.disk=ssd'],
  'nothing at all': ['--set', 'sc.deployment=false'],
}

/** What the original took and this does not, and the word that its sentence must have. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['sc.registry.type=etcd', /sc\.registry\.type=etcd: .*Use buildin/],
  ['sc.registry.type=embedded_etcd', /sc\.registry\.type=embedded_etcd: .*Use buildin/],
  ['sc.registry.addr=http://127.0.0.1:2380', /sc\.registry\.addr.*sc\.discovery\.clusters/],
  ['sc.discovery.type=etcd', /sc\.discovery\.type=etcd: .*Use aggregate/],
  ['sc.discovery.aggregate=k8s\\,etcd', /sc\.discovery\.aggregate: .*Use k8s/],
  ['sc.discovery.clusters=sc-0=http://127.0.0.1:2380', /Name the other clusters/],
  ['frontend.replicaCount=2', /frontend\.replicaCount: .*\/ui/],
  ['frontend.image.tag=latest', /frontend\.image: .*\/ui/],
  ['frontend.service.internalPort=30103', /frontend\.service\.internalPort/],
  ['sc.cluster=sc2=http://x', /sc\.discovery\.clusters/],
  ['sc.persistence.enabled=true', /sc\.persistence\.hostPath/],
  ['sc.service.type=NodePort,sc.service.externalPort=8080', /30000 to 32767/],
  ['sc.ssl.verifyClient=true', /sc\.ssl\.verifyClient needs sc\.ssl\.secret/],
  ['sc.ssl.secret=tls,sc.ssl.verifyClient=true', /sc\.ssl\.caKey/],
  ['sc.replicas=2', /replicas/],
]

const k1 = new ControlPlane('k1')
const env = { KUBECONFIG: k1.kubeconfig }

for (const major of [3, 4] as const) {
  describe(`the chart, with helm ${major}`, () => {
    const cli = (...args: string[]): Promise<Output> => run(helm(major), args, { env })
    const must = async (...args: string[]): Promise<string> => {
      const { code, text } = await cli(...args)
      if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${text}`)
      return text
    }
    const objects = async (...args: string[]): Promise<KubeObject[]> => {
      const documents = parseAllDocuments(await must('template', 'k1', CHART, ...args))
      return documents.map(each => each.toJS() as KubeObject).filter(each => each !== null)
    }

    it('passes the strict lint', async () => {
      await must('lint', '--strict', CHART, ...LINE)
    })

    for (const [what, args] of Object.entries(MATRIX)) {
      it(`is taken by the API server: ${what}`, async () => {
        const text = await must('template', 'k1', CHART, ...args)
        if (what === 'nothing at all') return assert.doesNotMatch(text, /kind:/)
        const dry = ['apply', '--dry-run=server', '--validate=strict', '-f', '-']
        const { code, text: answer } = await run('kubectl', dry, { input: text, env })
        assert.equal(code, 0, answer)
      })
    }

    for (const [set, sentence] of REFUSED) {
      it(`refuses ${set} with a sentence`, async () => {
        const { code, text } = await cli('template', 'k1', CHART, '--set', set)
        assert.notEqual(code, 0)
        assert.match(text, sentence)
      })
    }

    it('installs by the original line, twice side by side, upgrades and goes without a trace', async () => {
      const others = ['--set', 'sc.service.externalPort=31100,sc.gossip.externalPort=31190']
      const before = await everything()
      const notes = await must('install', 'k1', ...LINE, CHART)
      assert.match(notes, /There is no mesh key/)
      assert.match(notes, /sc2=http:\/\/10\.12\.0\.2:30100/)
      await must('install', 'k9', ...LINE, ...others, CHART)
      const ports = await k1.kubectl('get', 'services', '-o', 'jsonpath={.items[*].spec.ports[*].nodePort}')
      assert.deepEqual(ports.split(' ').sort(), ['30100', '30190', '31100', '31190'])
      const rights = await rightsOf('k1')
      await must('upgrade', 'k1', ...LINE, '--set', 'sc.meshKey.existingSecret=mine', CHART)
      const kind = await k1.kubectl('get', 'daemonset', 'k1', '-o', 'jsonpath={.spec.template.spec.volumes[*].name}')
      assert.match(kind, /mesh-key/)
      await must('uninstall', 'k1')
      assert.equal((await k1.kubectl('get', 'daemonset', 'k9', '-o', 'name')).trim(), 'daemonset.apps/k9')
      await must('uninstall', 'k9')
      await until('nothing is left', 60_000, async () => (await everything()) === before)
      assert.deepEqual(rights, {
        'list services': 'yes',
        'watch endpointslices.discovery.k8s.io': 'yes',
        'list pods': 'yes',
        'watch nodes': 'yes',
        'get secrets': 'no',
        'list secrets': 'no',
        'list configmaps': 'no',
        'create pods': 'no',
        'delete services': 'no',
        'update endpointslices.discovery.k8s.io': 'no',
      })
    })

    it('makes Pods that the security standard "restricted" admits', async () => {
      const namespace = `restricted${major}`
      await k1.kubectl('create', 'namespace', namespace)
      await k1.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted')
      const all = await objects(...LINE, '--namespace', namespace, '--set', 'sc.meshKey.value=k')
      const { template } = all.find(each => each.kind === 'DaemonSet')?.spec ?? {}
      const spec = { ...template?.spec, serviceAccountName: 'default', automountServiceAccountToken: false }
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace }, spec }
      await until('the namespace is complete', 60_000, () => k1.kubectl('-n', namespace, 'get', 'sa', 'default'))
      const dry = ['apply', '--dry-run=server', '--validate=strict', '-f', '-']
      const { code, text } = await run('kubectl', dry, { input: JSON.stringify(pod), env })
      assert.equal(code, 0, text)
      await k1.kubectl('delete', 'namespace', namespace, '--wait=false')
    })

    it('has the nodes scraped one by one', async () => {
      const all = await objects('--set', 'sc.serviceMonitor.enabled=true')
      assert.equal(all.find(each => each.kind === 'ServiceMonitor')?.metadata.name, 'k1')
    })

    it('asks, probes and scrapes over HTTPS where it is told to', async () => {
      const https = ['--set', 'sc.serviceMonitor.enabled=true,sc.ssl.secret=tls,sc.ssl.caKey=ca.crt']
      const plain = await objects(...https)
      const [probed] = containersOf(plain)
      assert.equal(probed?.readinessProbe.httpGet?.scheme, 'HTTPS')
      assert.equal(probed?.livenessProbe.httpGet?.scheme, 'HTTPS')
      assert.ok(probed?.args.includes('--peers=https://k1-nodes.default.svc:30100'))
      assert.ok(!probed?.args.some(arg => arg.startsWith('--ssl-verify-client')))
      const [endpoint] = plain.find(each => each.kind === 'ServiceMonitor')?.spec?.endpoints ?? []
      assert.equal(endpoint?.scheme, 'https')
      assert.deepEqual(endpoint?.tlsConfig, {
        serverName: 'k1-nodes.default.svc',
        ca: { secret: { name: 'tls', key: 'ca.crt' } },
      })
      // The kubelet has no certificate to show.
      const [asked] = containersOf(await objects(...https, '--set', 'sc.ssl.verifyClient=true'))
      assert.ok(asked?.args.includes('--ssl-trust-file=/etc/grapevine/ssl/ca'))
      assert.match(asked?.readinessProbe.exec?.command.join(' ') ?? '', /probe\.cjs https:.*\/ready .*\/cert .*\/key$/)
      const [http] = containersOf(await objects())
      assert.equal(http?.readinessProbe.httpGet?.scheme, 'HTTP')
    })

    it('names every object after the release, and leads nodes to each other and to the other cluster', async () => {
      const all = await objects(...LINE)
      for (const { kind, metadata } of all) assert.match(metadata.name, /^k1(-|$)/, kind)
      const args = containersOf(all)[0]?.args ?? []
      for (const arg of [
        '--cluster=k1',
        '--peers=http://k1-nodes.default.svc:30100',
        '--clusters=sc2=http://10.12.0.2:30100',
        '--discovery-aggregate=k8s,servicecenter',
      ]) {
        assert.ok(args.includes(arg), `${arg} is not in ${args.join(' ')}`)
      }
    })

    async function everything(): Promise<string> {
      const kinds = 'daemonsets,services,serviceaccounts,configmaps,secrets,poddisruptionbudgets'
      const wide = await k1.kubectl('get', 'clusterroles,clusterrolebindings', '-o', 'name')
      return (await k1.kubectl('-n', 'default', 'get', kinds, '-o', 'name')) + wide
    }

    async function rightsOf(account: string): Promise<Record<string, string>> {
      const asked = [
        'list services',
        'watch endpointslices.discovery.k8s.io',
        'list pods',
        'watch nodes',
        'get secrets',
        'list secrets',
        'list configmaps',
        'create pods',
        'delete services',
        'update endpointslices.discovery.k8s.io',
      ]
      const as = ['--as', `system:serviceaccount:default:${account}`, '-A']
      const answers: Record<string, string> = {}
      for (const each of asked) {
        const { text } = await run('kubectl', ['auth', 'can-i', ...each.split(' '), ...as], { env })
        answers[each] = /^(yes|no)$/m.exec(text)?.[0] ?? text
      }
      return answers
    }
  })
}

describe("the chart's values", () => {
  it('are all in the README and in the schema', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>
    const readme = readFileSync(join(CHART, 'README.md'), 'utf8')
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema
    for (const path of leaves(values)) {
      assert.ok(readme.includes(`\`${path.join('.')}\``), `README.md does not explain ${path.join('.')}`)
      let at: Schema | undefined = schema
      for (const part of path) at = at?.properties?.[part]
      assert.ok(at !== undefined, `values.schema.json does not know ${path.join('.')}`)
    }
  })
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Paths of all values that are no maps of further ones. `resources` is one value. */
function leaves(values: Readonly<Record<string, unknown>>, above: readonly string[] = []): readonly string[][] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = [...above, key]
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    return isMap && key !== 'resources' ? leaves(value as Record<string, unknown>, path) : [path]
  })
}
