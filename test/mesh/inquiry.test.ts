import assert from 'node:assert/strict'
import type { Identity } from '../../src/center/ports.ts'
import type { ClusterId, NodeId } from '../../src/core/model.ts'
import { parseAddress } from '../../src/mesh/addresses.ts'
import { Inquiry, type Verdict } from '../../src/mesh/inquiry.ts'
import { CONFIRMED_FOR_MS, IDENTITIES_MAX } from '../../src/mesh/limits.ts'
import { type Origin, Roster } from '../../src/mesh/roster.ts'
import { VirtualClock } from './virtual-clock.ts'

const origin = (rank: number, name: string | undefined): Origin => ({
  address: parseAddress(`http://10.0.0.${rank + 1}:30100`),
  role: name === undefined ? 'sibling' : 'foreign',
  name,
  rank,
})

const id = (text: string): NodeId => text as NodeId

function setUp(origins: readonly Origin[]) {
  const clock = new VirtualClock()
  const roster = new Roster(clock, origins)
  const asked: number[] = []
  const members = new Map<string, readonly NodeId[] | undefined>()
  const ask = async (url: string): Promise<Identity> => {
    asked.push(clock.monotonicMs())
    const known = members.get(url)
    if (known === undefined) throw new Error('no answer')
    return { node: known[0] ?? id('?'), clusterId: '' as ClusterId, cluster: '', gossip: [], members: known }
  }
  const inquiry = new Inquiry(origins, { clock, roster, ask, signal: new AbortController().signal })
  return { clock, roster, asked, members, inquiry }
}

async function verdictOf(about: Promise<Verdict>, clock: VirtualClock): Promise<Verdict | 'pending'> {
  await clock.pass(0)
  return Promise.race([about, Promise.resolve('pending' as const)])
}

describe('questions about strangers', () => {
  it('admit whom one address confirms, as what that address is', async () => {
    const { clock, roster, members, inquiry } = setUp([origin(0, undefined), origin(1, 'sc2')])
    members.set('http://10.0.0.2:30100', [id('b'), id('b2')])
    assert.equal(await verdictOf(inquiry.about(id('b2')), clock), 'confirmed')
    assert.equal(roster.find(id('b2'))?.name, 'sc2')
    assert.equal(roster.find(id('b'))?.role, 'foreign')
  })

  it('tell an address that does not know a stranger from one that does not answer', async () => {
    const { clock, members, inquiry } = setUp([origin(0, 'sc2')])
    assert.equal(await verdictOf(inquiry.about(id('x')), clock), 'unanswered')
    members.set('http://10.0.0.1:30100', [id('b')])
    await clock.pass(6_000)
    assert.equal(await verdictOf(inquiry.about(id('x')), clock), 'unconfirmed')
    assert.equal(await verdictOf(setUp([]).inquiry.about(id('x')), clock), 'nobody-to-ask')
  })

  it('are asked once in five seconds for each identity', async () => {
    const { clock, asked, members, inquiry } = setUp([origin(0, 'sc2')])
    members.set('http://10.0.0.1:30100', [id('b')])
    for (let tenth = 0; tenth < 99; tenth++) {
      void inquiry.about(id('x'))
      await clock.pass(100)
    }
    assert.equal(asked.length, 2)
  })

  it('are at most ten a second however many strangers come, and a friend among them waits no longer', async () => {
    for (const addresses of [1, 3, 10, 20]) {
      const origins = Array.from({ length: addresses }, (_, rank) => origin(rank, `sc${rank}`))
      const { clock, asked, members, inquiry } = setUp(origins)
      for (const { address } of origins) members.set(address.kind === 'http' ? address.url : '', [id('friend')])
      for (let step = 0; step < 500; step++) {
        void inquiry.about(id(`stranger ${step}`))
        await clock.pass(10)
      }
      const friend = inquiry.about(id('friend'))
      await clock.pass(addresses * 100 + 100)
      assert.equal(await verdictOf(friend, clock), 'confirmed')
      const worst = Math.max(...asked.map(from => asked.filter(at => at >= from && at < from + 1_000).length))
      assert.ok(worst <= Math.max(10, addresses), `${addresses} addresses: ${worst} questions in one second`)
      assert.ok(asked.length >= 20, `${addresses} addresses: they are asked at all`)
    }
  })
})

describe('the roster', () => {
  it('forgets after an hour what was confirmed, never what is configured', async () => {
    const ED25519 = '12D3KooWNQGWeWb3tfMsGDhwXdmqj59iyNe267BrgWaqFV4UtJsu'
    const clock = new VirtualClock()
    const configured: Origin = { ...origin(0, 'sc2'), address: parseAddress(`/dns/a/tcp/1/p2p/${ED25519}`) }
    const roster = new Roster(clock, [configured])
    roster.confirm(id('b'), origin(1, 'sc3'))
    await clock.pass(CONFIRMED_FOR_MS - 1)
    assert.equal(roster.find(id('b'))?.name, 'sc3')
    await clock.pass(1)
    assert.equal(roster.find(id('b')), undefined)
    assert.equal(roster.find(id(ED25519))?.name, 'sc2')
  })

  it('knows a node by the first of its addresses, whichever answers last', () => {
    const roster = new Roster(new VirtualClock(), [])
    roster.confirm(id('b'), origin(3, 'third'))
    roster.confirm(id('b'), origin(1, 'first'))
    roster.confirm(id('b'), origin(2, 'second'))
    assert.equal(roster.find(id('b'))?.name, 'first')
  })

  it('is bounded', () => {
    const roster = new Roster(new VirtualClock(), [])
    for (let count = 0; count <= IDENTITIES_MAX; count++) roster.confirm(id(`${count}`), origin(0, 'sc2'))
    assert.equal(roster.find(id('0')), undefined)
    assert.ok(roster.find(id('1')))
  })
})
