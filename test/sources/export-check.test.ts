import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { canConnect, ExportCheck } from '../../src/sources/kubernetes/export-check.ts'
import { until } from '../helpers/until.ts'

describe('The check of exported addresses', () => {
  let nowMs: number
  let open: Set<string>
  let asked: string[]
  let changed: string[]
  let check: ExportCheck

  beforeEach(() => {
    nowMs = 0
    open = new Set()
    asked = []
    changed = []
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => undefined }
    check = new ExportCheck(
      clock,
      service => changed.push(service),
      async (host, port) => {
        asked.push(`${host}:${port}`)
        return open.has(`${host}:${port}`)
      },
    )
  })

  it('takes an address for closed until it has been opened, and tells who exports it', async () => {
    open.add('gw:80')
    assert.equal(check.isReachable('rest://gw:80', 'shop/orders'), false)
    await until('it was tried', 8_000, () => changed.length > 0)
    assert.deepEqual(changed, ['shop/orders'])
    assert.equal(check.isReachable('rest://gw:80?sslEnabled=true', 'shop/orders'), false)
    assert.equal(check.isReachable('rest://gw:80', 'shop/orders'), true)
  })

  it('looks again now and then, and says what is closed', async () => {
    open.add('fd00::1:80')
    check.isReachable('rest://[fd00::1]:80', 'shop/orders')
    await until('it was tried', 8_000, () => changed.length === 1)
    open.clear()
    check.tick()
    assert.equal(asked.length, 1)
    nowMs += 30_000
    check.tick()
    await until('it was tried again', 8_000, () => changed.length === 2)
    assert.match(check.unreachable().get('rest://[fd00::1]:80') ?? '', /shop\/orders/)
  })

  it('forgets what nobody exports any more', () => {
    check.isReachable('rest://gw:80', 'shop/orders')
    check.begin('shop/orders')
    check.tick()
    nowMs += 30_000
    check.tick()
    assert.equal(asked.length, 1)
  })

  it('lets through what no connection can tell of', () => {
    assert.equal(check.isReachable('udp://gw:53', 'shop/dns'), true)
    assert.deepEqual(asked, [])
  })

  it('opens real connections', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    assert.equal(await canConnect('127.0.0.1', port), true)
    server.close()
    await once(server, 'close')
    assert.equal(await canConnect('127.0.0.1', port), false)
  })
})
