/** Fills a data directory as a node would that registers one instance after another, without HTTP and without peers. */
import { hash } from 'node:crypto'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createCenter } from '../../src/center/center.ts'
import type { Mesh } from '../../src/center/ports.ts'
import { loadIdentity } from '../../src/mesh/identity.ts'
import { nodeIdOfPeer } from '../../src/mesh/node-id.ts'
import { systemRandom } from '../../src/random.ts'
import { openStore } from '../../src/store/store.ts'
import { systemClock } from '../../test/helpers/center.ts'
import { sampleInstance } from './sample.ts'

export const INSTANCES_PER_SERVICE = 20
/** Long enough that no lease ends while somebody looks. */
export const FILLED_INTERVAL_SECONDS = 3_600

const nobody: Mesh = { publish: () => undefined, send: () => false, drop: () => undefined }
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }
const TIMES = { timestamp: '1700000000', modTimestamp: '1700000000' }

export const filledServiceName = (i: number): string => `service-${i}`

/** `instances` of them in services of twenty; the node that starts on the directory holds their leases. */
export async function fillDirectory(directory: string, cluster: string, instances: number): Promise<void> {
  const random = systemRandom()
  const identity = await loadIdentity(directory)
  const node = nodeIdOfPeer(peerIdFromPrivateKey(identity))
  if (node === undefined) throw new Error('the identity has no node id')
  const store = await openStore(directory, { sync: 'off' }, { clock: systemClock, random, log: silent })
  const center = createCenter(
    {
      ...{ node, name: node, label: cluster, version: '0', http: [], peersConfigured: false, startAloneMs: 10_000 },
      ...{ unreachable: 'mark', hideAfterMs: 0, silentNode: 'hide', orphanAfterMs: 86_400_000, probeIntervalMs: 0 },
    },
    {
      ...{ clock: systemClock, random, mesh: nobody, store, log: () => undefined },
      digests: { sha1: text => hash('sha1', text), sha256: data => hash('sha256', data) },
    },
  )
  await store.load(frame => center.restore(frame))
  center.begin()
  store.compactWith(() => center.snapshot())
  for (let i = 0; i * INSTANCES_PER_SERVICE < instances; i++) {
    const key = { domain: 'default', project: 'default', environment: '', appId: 'default', version: '1.0.0' }
    const named = { ...key, serviceName: filledServiceName(i) }
    const { appId, serviceName, version } = named
    await center.execute(tx => {
      tx.putService(named, { appId, serviceName, version, level: 'BACK', status: 'UP', ...TIMES })
    })
    await Promise.all(
      Array.from({ length: INSTANCES_PER_SERVICE }, (_, j) =>
        center.execute(tx => {
          const service = tx.view.byKey(named)
          if (service === undefined) throw new Error(`${serviceName} is not there`)
          const sample = sampleInstance(i, j, FILLED_INTERVAL_SECONDS)
          tx.putInstance(service, { instanceId: tx.randomId(), status: 'UP', version, ...sample, ...TIMES })
        }),
      ),
    )
  }
  await store.close()
}
