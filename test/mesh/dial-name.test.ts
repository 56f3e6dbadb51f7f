import assert from 'node:assert/strict'
import type { AddressStatus } from '../../src/mesh/dial-loop.ts'
import { DialName } from '../../src/mesh/dial-name.ts'
import type { Origin } from '../../src/mesh/roster.ts'
import { until } from '../helpers/until.ts'

const origin = (url: string): Origin => ({ address: { kind: 'http', url }, role: 'sibling', name: undefined, rank: 3 })

describe('A name of --peers', () => {
  let ended: AbortController
  let run: Promise<void>
  let found: readonly string[] | Error
  let resolved: () => void
  let dialled: Set<string>
  let dialling: DialName

  function start(url: string): void {
    ended = new AbortController()
    dialled = new Set()
    dialling = new DialName(origin(url), {
      clock: {
        wallMs: () => 0,
        monotonicMs: () => 0,
        after: (_ms, again) => {
          resolved = again
          return () => undefined
        },
      },
      resolve: async () => {
        if (found instanceof Error) throw found
        return found
      },
      loop: ({ address, rank }) => {
        const url = address.kind === 'http' ? address.url : ''
        assert.equal(rank, 3)
        return {
          status: { address: url } as AddressStatus,
          run: signal => {
            dialled.add(url)
            return new Promise(resolve => {
              signal.addEventListener('abort', () => {
                dialled.delete(url)
                resolve()
              })
            })
          },
        }
      },
    })
    run = dialling.run(ended.signal)
  }

  const dials = (...urls: string[]) =>
    until(`it dials ${urls}`, 8_000, () => {
      assert.deepEqual([...dialled].sort(), urls)
      assert.deepEqual(dialling.statuses.map(each => each.address).sort(), urls)
      return true
    })

  afterEach(async () => {
    ended.abort(new Error('over'))
    await run
    assert.deepEqual([...dialled], [])
  })

  it('that leads to several hosts has each of them dialled, as they come and go', async () => {
    found = ['10.0.0.2', '10.0.0.1', 'fd00::1']
    start('http://nodes.shop.svc:30100')
    await dials('http://10.0.0.1:30100', 'http://10.0.0.2:30100')
    found = ['10.0.0.2', '10.0.0.3']
    resolved()
    await dials('http://10.0.0.2:30100', 'http://10.0.0.3:30100')
    found = ['10.0.0.2']
    resolved()
    await dials('http://nodes.shop.svc:30100')
  })

  it('of one host, in both families, stays as it is; so does one that is not resolved', async () => {
    found = ['127.0.0.1', '::1']
    start('http://localhost:30100')
    await dials('http://localhost:30100')
    found = new Error('ENOTFOUND')
    resolved()
    await dials('http://localhost:30100')
  })

  it('with a certificate stays as it is', async () => {
    found = ['10.0.0.1', '10.0.0.2']
    start('https://nodes.example:30100')
    await dials('https://nodes.example:30100')
  })

  it('that is an IPv6 service has its addresses in brackets', async () => {
    found = ['fd00::2', 'fd00::1']
    start('http://nodes.shop.svc:30100')
    await dials('http://[fd00::1]:30100', 'http://[fd00::2]:30100')
  })
})
