import assert from 'node:assert/strict'
import type { PeersView, PeerView } from '../../src/center/ports.ts'
import { findProblems, type Problem } from '../../src/ui/app/views/problems/find-problems.ts'
import { peer, peersView } from './peers.ts'

describe('problems of a federation', () => {
  const found = (
    view: Partial<PeersView>,
    alarms: Parameters<typeof findProblems>[0]['alarms'] = [],
  ): readonly Problem[] => findProblems({ peers: peersView(view), alarms })
  const ofPeer = (more: Partial<PeerView>) => found({ peers: [peer('a', { state: 'self' }), peer('b', more)] })

  it('none where everything is well, and none before anything is known', () => {
    assert.deepEqual(ofPeer({}), [])
    assert.deepEqual(findProblems({ peers: undefined, alarms: [] }), [])
  })

  it('each with what to do', () => {
    const cases: readonly (readonly [what: RegExp, remedy: RegExp, problems: readonly Problem[]])[] = [
      [/does not serve yet/, /Peers/, found({ ready: false })],
      [/b in sc2 is silent/, /peers retire b, at a node of sc2/, ofPeer({ state: 'silent', silentMs: 9_000 })],
      [/lacks 3 changes of b/, /what stops it/, ofPeer({ behind: { changes: 3, ms: 11_000 } })],
      [/b in sc2 lacks 1 change of/, /dashboard of b/, ofPeer({ lackedBy: { changes: 1, ms: 60_000 } })],
      [/clock of b in sc2 differs by 5 s/, /NTP/, ofPeer({ clockAheadMs: -5_000 })],
      [/address tcp:\/\/x of sc2 leads to no peer/, /mesh key/, found({ addresses: [address('waiting', 3)] })],
      [
        /12D3 is refused/,
        /do that/,
        found({ refusals: [{ who: '12D3', reason: 'key', times: 2, remedy: 'do that' }] }),
      ],
      [/record of orders is quarantined/, /--allow/, found({ refusedRecords: [record] })],
      [/cannot write/, /free space/, found({}, [{ id: 'BackendConnectionRefuse', fields: { detail: 'full' } }])],
      [/shop\/x: Odd/, /goes away by itself/, found({}, [{ id: 'Odd', fields: { subject: 'shop/x', detail: 'd' } }])],
    ]
    for (const [what, remedy, problems] of cases) {
      assert.equal(problems.length, 1, `${what}: ${JSON.stringify(problems)}`)
      assert.match(problems[0]?.title ?? '', what)
      assert.match(problems[0]?.remedy ?? '', remedy)
    }
  })

  it('not what passes by itself: a short lag, a clock a bit off, an address that is being dialled, a retired node', () => {
    assert.deepEqual(ofPeer({ behind: { changes: 3, ms: 9_000 }, clockAheadMs: 900 }), [])
    assert.deepEqual(ofPeer({ state: 'retired', clockAheadMs: 90_000, behind: { changes: 9, ms: 90_000 } }), [])
    for (const known of [address('waiting', 2), address('connected', 9), address('self', 9)])
      assert.deepEqual(found({ addresses: [known] }), [])
  })

  it('the worst first, and a silent cluster once for each of its nodes', () => {
    const silent = [peer('b', { state: 'silent', silentMs: undefined }), peer('c', { state: 'silent', silentMs: 1 })]
    const peers = [peer('d', { clockAheadMs: 5_000 }), ...silent]
    const problems = found({ peers }, [{ id: 'IncrementPullError', fields: { cluster: 'sc2' } }])
    assert.deepEqual(
      problems.map(({ tone }) => tone),
      ['bad', 'bad', 'warn'],
    )
    assert.equal(new Set(problems.map(({ id }) => id)).size, 3)
  })
})

const address = (state: PeersView['addresses'][number]['state'], failures: number): PeersView['addresses'][number] => ({
  ...{ address: 'tcp://x', role: 'foreign', cluster: 'sc2', state, node: undefined, failures, error: 'no' },
})

const record = {
  ...{ key: 'i/orders', reason: 'not its author', serviceName: 'orders', atMs: 0, times: 1, epoch: 'e', counter: 1 },
} as unknown as PeersView['refusedRecords'][number]
