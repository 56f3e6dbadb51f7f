import assert from 'node:assert/strict'
import {
  AddressError,
  hostMultiaddr,
  parseAddress,
  parseClusters,
  parseGossip,
  parseNodeIds,
  parsePeers,
  tcpOf,
} from '../../src/mesh/addresses.ts'
import { ADDRESSES_MAX, NAME_LENGTH_MAX } from '../../src/mesh/limits.ts'

const ED25519 = '12D3KooWNQGWeWb3tfMsGDhwXdmqj59iyNe267BrgWaqFV4UtJsu'
const RSA = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'

const http = (url: string) => ({ kind: 'http', url })
const dialled = (multiaddr: string, node?: string) => ({ kind: 'multiaddr', multiaddr, node })

describe('mesh addresses', () => {
  it('reads every form of an address', () => {
    const forms = [
      ['http://10.12.0.2:30100', http('http://10.12.0.2:30100')],
      ['http://10.12.0.2:30100/', http('http://10.12.0.2:30100')],
      ['HTTPS://Registry.Example', http('https://registry.example')],
      ['https://gateway.example/sc2/', http('https://gateway.example/sc2')],
      ['http://[fd00::1]:30100', http('http://[fd00::1]:30100')],
      ['/ip4/10.0.0.3/tcp/30190', dialled('/ip4/10.0.0.3/tcp/30190')],
      ['/ip6/fd00::1/tcp/30190', dialled('/ip6/fd00::1/tcp/30190')],
      ['/dns/registry.example/tcp/30190', dialled('/dns/registry.example/tcp/30190')],
      ['/dns4/registry.example/tcp/30190', dialled('/dns4/registry.example/tcp/30190')],
      [`/dns6/r.example/tcp/1/p2p/${ED25519}`, dialled(`/dns6/r.example/tcp/1/p2p/${ED25519}`, ED25519)],
    ] as const
    for (const [text, parsed] of forms) assert.deepEqual(parseAddress(text), parsed, text)
  })

  it("reads the original install line's form", () => {
    assert.deepEqual(parseClusters('sc2=http://10.12.0.2:30100,http://10.12.0.3:30100, sc3 = /ip4/1.2.3.4/tcp/5'), [
      { name: 'sc2', addresses: [http('http://10.12.0.2:30100'), http('http://10.12.0.3:30100')] },
      { name: 'sc3', addresses: [dialled('/ip4/1.2.3.4/tcp/5')] },
    ])
    assert.deepEqual(parseClusters(''), [])
    assert.deepEqual(parsePeers(' http://a:1 , /dns/b/tcp/2 '), [http('http://a:1'), dialled('/dns/b/tcp/2')])
  })

  it('names what is wrong and what is allowed', () => {
    const wrong = [
      [() => parseClusters('http://10.0.0.1:30100'), /"http:\/\/10.0.0.1:30100" has no cluster name before it/],
      [() => parseClusters('=http://a:1'), /a cluster name is empty/],
      [() => parseClusters('a b=http://a:1'), /cluster name "a b" may not contain/],
      [() => parseClusters(`${'x'.repeat(NAME_LENGTH_MAX + 1)}=http://a:1`), /more than 128 characters/],
      [() => parseClusters('sc2=http://a:1,sc3=http://b:1,sc2=http://c:1'), /"sc2" is named twice/],
      [() => parseClusters('sc2=http://a:1,sc3=http://a:1/'), /"http:\/\/a:1" is listed twice/],
      [() => parseClusters('sc2=http://a:1,,sc3=http://b:1'), /empty item between commas/],
      [() => parseClusters('sc2='), /"" is no address/],
      [() => parsePeers('10.0.0.1:30100'), /"10.0.0.1:30100" is no address of a node: use http:\/\/HOST:PORT/],
      [() => parsePeers('ftp://a:1'), /is no address of a node/],
      [() => parsePeers('http://'), /no valid URL/],
      [() => parsePeers('http://a:99999'), /no valid URL/],
      [() => parsePeers('http://user:secret@a:1'), /user names are not allowed/],
      [() => parsePeers('http://a:1/?x=1'), /are not allowed/],
      [() => parsePeers('/ip4/1.2.3/tcp/1'), /no valid multiaddr/],
      [() => parsePeers('/ip4/1.2.3.4/udp/1'), /cannot be dialled/],
      [() => parsePeers('/ip4/1.2.3.4/tcp/1/ws'), /cannot be dialled/],
      [() => parsePeers('/ip4/1.2.3.4'), /cannot be dialled/],
      [() => parsePeers(`/ip4/1.2.3.4/tcp/1/p2p/${RSA}`), /is not the Ed25519 identity of a node/],
      [() => parsePeers(Array.from({ length: ADDRESSES_MAX + 1 }, (_, i) => `http://a:${i}`).join()), /more than 256/],
      [() => parseGossip('10.0.0.1:30190'), /no multiaddr such as/],
      [() => parseGossip(`/ip4/1.2.3.4/tcp/1/p2p/${ED25519}`), /leave \/p2p\/… out/],
      [() => parseNodeIds(RSA), /is not the Ed25519 identity/],
      [() => parseNodeIds(`${ED25519},nobody`), /"nobody" is not/],
    ] as const
    for (const [parse, message] of wrong) {
      assert.throws(parse, error => error instanceof AddressError && message.test(error.message), String(message))
    }
  })

  it('turns hosts into multiaddrs and back', () => {
    assert.equal(hostMultiaddr('10.0.0.1', 5), '/ip4/10.0.0.1/tcp/5')
    assert.equal(hostMultiaddr('[fd00::1]', 5), '/ip6/fd00::1/tcp/5')
    assert.equal(hostMultiaddr('registry.example', 5), '/dns/registry.example/tcp/5')
    assert.deepEqual(tcpOf('/ip6/fd00::1/tcp/5'), { host: 'fd00::1', port: 5 })
    assert.equal(tcpOf('/ip6/fd00::1/udp/5'), undefined)
    assert.equal(tcpOf('nonsense'), undefined)
  })
})
