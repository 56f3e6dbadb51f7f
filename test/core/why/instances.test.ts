import { setInstanceStatus, unregisterInstance } from '../../../src/core/commands/instance.ts'
import { deleteService } from '../../../src/core/commands/service.ts'
import { documentKey, instanceKey, serviceKey } from '../../../src/core/keys.ts'
import type { Epoch, Sid } from '../../../src/core/model.ts'
import { encodeFrame, packValue, writesRow } from '../../../src/core/wire.ts'
import { learn, startTestCenter } from '../../helpers/center.ts'
import { LinkedCenters } from '../../helpers/linked-centers.ts'
import { SCOPE } from '../../helpers/rules.ts'
import { address, ask, expectCause, instance, outside, provider, service, twoClusters } from './helpers.ts'

const check = { mode: 'push', interval: 5, times: 3 }

describe('why a service is not visible: life of its instances', () => {
  it('the lease ended: by whom, when and after how long', async () => {
    const { world, reader, home } = twoClusters()
    await instance(home, await service(home), { healthCheck: check })
    world.run(25_000)
    const text = /lease of instance i1 ended at 20.*: node home had not heard it for 20 s/
    expectCause(ask(reader, { from: 'sc2' }), 'lease-ended', text, /heartbeats reach a node/)
    expectCause(ask(home), 'lease-ended', /this node \(home\) had not heard it/)
  })

  it('unregistered: through which node and when', async () => {
    const { world, reader, home } = twoClusters()
    const id = await provider(home)
    world.run(1_000)
    await home.execute(unregisterInstance(SCOPE, id, 'i1'))
    world.run(1_000)
    expectCause(
      ask(reader, { from: 'sc2' }),
      'unregistered',
      /instance i1 was unregistered in cluster sc2 through node home at 20/,
    )
  })

  it('its service was deleted, with and without instances', async () => {
    const { world, reader, home } = twoClusters()
    const first = await provider(home)
    world.run(1_000)
    await home.execute(deleteService(SCOPE, first, true))
    world.run(1_000)
    expectCause(ask(reader), 'unregistered', /was unregistered in cluster sc2 through node home/)
    await home.execute(deleteService(SCOPE, await service(home, { serviceName: 'empty' }), false))
    world.run(1_000)
    expectCause(ask(reader, { service: 'empty' }), 'unregistered', /it was unregistered in cluster sc2/)
  })

  it('unregistered before this process began: told from the deletions that are remembered', async () => {
    const { world, reader, home } = twoClusters()
    const id = await provider(home)
    await home.execute(deleteService(SCOPE, id, true))
    world.run(1_000)
    const again = startTestCenter()
    learn(reader, again)
    expectCause(ask(again, { service: id }), 'unregistered', /through node home at 20.* by that node's clock/)
  })

  it('the status is not UP', async () => {
    const { world, reader, home } = twoClusters()
    const id = await provider(home)
    await home.execute(setInstanceStatus(SCOPE, id, 'i1', 'OUTOFSERVICE'))
    world.run(1_000)
    const text = /instance i1 is found, but its status is OUTOFSERVICE \(its status was set after it was registered\)/
    expectCause(ask(reader), 'status-not-up', text, /status\?value=UP in cluster sc2/)
    await instance(home, await service(home, { serviceName: 'starting' }), { status: 'STARTING' })
    world.run(1_000)
    expectCause(ask(reader, { service: 'starting' }), 'status-not-up', /STARTING \(it was registered so\)/)
  })

  it('its cluster exports no address of it', async () => {
    const { world, reader, home } = twoClusters()
    const id = await service(home)
    await instance(home, id)
    const known = home.read(view => view.service(SCOPE, id)?.instance('i1')?.registered())
    await home.execute(tx => {
      const found = tx.view.service(SCOPE, id)
      if (found !== undefined && known !== undefined) tx.putInstance(found, { ...known, exportedEndpoints: [] })
    })
    world.run(1_000)
    expectCause(ask(reader), 'not-exported', /exports no address of it/, /kubernetes\.export/)
    expectCause(ask(home), 'visible')
  })

  it('its holder is silent while a sibling is heard', async () => {
    const world = new LinkedCenters()
    const reader = world.add('reader', 'sc1')
    const [one, two] = [world.add('one', 'sc2'), world.add('two', 'sc2')]
    world.link(one, two)
    world.link(reader, one)
    world.link(reader, two)
    world.run(2_000)
    await instance(one, await service(one), { healthCheck: check })
    world.run(2_000)
    world.stop(one)
    world.run(22_000)
    expectCause(ask(reader), 'holder-silent', /node one, which holds its lease, is silent for 2\d s/, /peers retire/)
  })

  it('its cluster cannot be reached and the policy hides', async () => {
    const { world, reader, home } = twoClusters()
    await provider(home)
    world.run(2_000)
    world.stop(home)
    world.run(10_000)
    expectCause(ask(reader), 'visible', /marked stale/)
    expectCause(
      ask(reader, { options: { unreachable: 'hide' } }),
      'cluster-unreachable',
      /policy of this read is "hide"/,
    )
  })

  it('its cluster was replaced, or retired', async () => {
    const { world, reader, home } = twoClusters()
    await provider(home)
    world.run(2_000)
    world.stop(home)
    const again = world.add('again', 'sc2')
    world.link(reader, again)
    world.run(250_000)
    const cluster = home.status().clusterId
    expectCause(ask(reader, { from: cluster }), 'cluster-replaced', /answers with another cluster id now/)
    await reader.insight.retire(cluster, 'a test')
    expectCause(ask(reader, { from: cluster }), 'cluster-retired', /was retired by an operator/)
  })

  it('the own cluster only was asked for', async () => {
    const { world, reader, home } = twoClusters()
    await provider(home)
    world.run(1_000)
    expectCause(ask(reader, { options: { local: true } }), 'local-only', /this read is for the own cluster only/)
  })

  it('the same instance id lives in two clusters', async () => {
    const { world, reader, home } = twoClusters()
    await provider(reader)
    await provider(home)
    world.run(1_000)
    expectCause(
      ask(reader, { from: 'sc2' }),
      'shown-elsewhere',
      /lives in two clusters and is shown once: as the one of sc1/,
    )
  })
})

describe('why a service is not visible: the way to this node', () => {
  it('a repair is still running, or changes are lacking', async () => {
    const { world, reader, home } = twoClusters()
    world.drops = lane => lane === 'gossip' || lane === 'repair'
    await provider(home)
    world.run(4_000)
    expectCause(ask(reader, { from: 'sc2' }), 'repair-running', /this node lacks 2 changes of cluster sc2/)
    world.drops = () => false
    world.run(40_000)
    expectCause(ask(reader, { from: 'sc2' }), 'visible')
  })

  it('a record was refused, and why', () => {
    const { world, reader, home } = twoClusters()
    const { node, clusterId } = home.status()
    const epoch = home.replica.epoch as Epoch
    const sid = 'a'.repeat(40) as Sid
    const broken = packValue({ instance: 'no bytes' })
    const write = { key: instanceKey(clusterId, sid, 'i1'), epoch, seq: 50, ms: 1, count: 0, value: broken, ends: [] }
    reader.gossip(node, node, encodeFrame('changes', clusterId, writesRow([write])))
    world.run(1_000)
    expectCause(
      ask(reader, { service: sid, from: 'sc2' }),
      'record-refused',
      /malformed instance/,
      /versions of the nodes/,
    )
    const foreign = { ...write, key: serviceKey('00000000000000ff' as never, sid), seq: 51 }
    reader.gossip(node, node, encodeFrame('changes', clusterId, writesRow([foreign])))
    const { refusedRecords, peers } = reader.insight.peers()
    if (refusedRecords.length !== 2) throw new Error(JSON.stringify(refusedRecords))
    if (peers.find(peer => peer.node === node)?.refusedRecords !== 2) throw new Error('not counted for its author')
    // Documents are no part of any service.
    expectCause(ask(reader, { service: documentKey(clusterId, 'x', 'y') }), 'never-registered')
  })

  for (const { title, facts, cause, text, next } of [
    {
      title: 'an address where nobody answers',
      facts: { addresses: [address({ error: 'connect ECONNREFUSED 10.12.0.2:30100' })] },
      cause: 'peer-address',
      text: /cluster sc2 was never met: http:\/\/10\.12\.0\.2:30100 failed 4 times: connect ECONNREFUSED/,
      next: /firewalls, and the gossip port/,
    },
    {
      title: 'an address of this node itself',
      facts: { addresses: [address({ state: 'self' })] },
      cause: 'peer-address',
      text: /leads to this node itself/,
      next: /an address of sc2, not of this cluster/,
    },
    {
      title: 'another mesh key',
      facts: {
        addresses: [address({ error: 'timed out' })],
        refusals: [{ who: '10.12.0.2', reason: 'handshake', times: 9, remedy: 'it did not complete the handshake' }],
      },
      cause: 'peer-key',
      text: /this node refused 10\.12\.0\.2 \(handshake, 9 times\)/,
      next: /the same --mesh-key file/,
    },
    {
      title: 'an identity that is not allowed',
      facts: {
        addresses: [address({ node: '12D3KooWother' as never })],
        refusals: [{ who: '12D3KooWother', reason: 'not-allowed', times: 2, remedy: 'it is not in the list' }],
      },
      cause: 'peer-identity',
      text: /refused 12D3KooWother \(not-allowed, 2 times\)/,
      next: /--allow/,
    },
    {
      title: 'a cluster that does not know this node',
      facts: {
        addresses: [
          address({
            error: 'it closed the connection: it may not be configured to know this node, or its mesh key differs',
          }),
        ],
      },
      cause: 'peer-identity',
      text: /may not be configured to know this node/,
      next: /Name this node in --clusters \(or --peers\) at sc2/,
    },
    {
      title: 'a clock by which a certificate is not valid',
      facts: { addresses: [address({ address: 'https://10.12.0.2:30100', error: 'certificate is not yet valid' })] },
      cause: 'peer-clock',
      text: /certificate is not yet valid/,
      next: /clocks of both machines/,
    },
  ] as const) {
    it(`not connected: ${title}`, () => {
      const world = new LinkedCenters()
      const reader = world.add('reader', 'sc1', outside(facts))
      expectCause(ask(reader, { from: 'sc2' }), cause, text, next)
      // Whoever names no cluster learns of it as well: what is registered there may be missing here.
      expectCause(ask(reader), cause, text)
    })
  }

  it('not connected any more, without an address', async () => {
    const { world, reader, home } = twoClusters()
    world.stop(home)
    world.run(8_000)
    expectCause(
      ask(reader, { from: 'sc2' }),
      'peer-address',
      /sc2 has not been heard for \d+(\.\d)? s, and no address of it is configured/,
    )
  })
})
