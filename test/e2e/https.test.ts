import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { type TestCertificate, testCertificate } from '../helpers/certificate.ts'
import { eachFleet } from '../helpers/each-fleet.ts'
import { raw } from '../helpers/http.ts'
import type { NodeProcess } from '../helpers/process.ts'
import { until } from '../helpers/until.ts'

const DEADLINE_MS = 30_000

interface Answer {
  readonly status: number
  readonly text: string
  /** Whose certificate the node showed. */
  readonly shown: string
}

describe('a node that speaks HTTPS', function () {
  this.timeout(90_000)
  const each = eachFleet()

  const use = (folder: string, { cert, key }: TestCertificate) =>
    Promise.all([writeFile(join(folder, 'server.cer'), cert), writeFile(join(folder, 'server_key.pem'), key)])

  async function start(folder: string, ...more: readonly string[]): Promise<NodeProcess> {
    const flags = ['--ssl-mode', 'true', '--ssl-dir', folder, '--ssl-reload', '100ms', ...more]
    return each.fleet.node({ place: await each.fleet.place(), name: 'a', cluster: 'sc1', flags })
  }

  /** On a connection of its own. */
  const get = ({ url }: NodeProcess, path: string, tls: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = request(url.replace('http:', 'https:') + path, { agent: false, ...tls }, response => {
        let text = ''
        const shown = String((response.socket as TLSSocket).getPeerCertificate().subject.CN)
        response.setEncoding('utf8')
        response.on('error', reject)
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, shown }))
      })
      sent.on('error', reject)
      sent.end()
    })

  /** The exit code of what health checks run. */
  const probe = async (...args: readonly string[]): Promise<number> => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/probe.cjs'), ...args], {
      stdio: 'ignore',
    })
    const [code] = (await once(child, 'exit')) as [number]
    return code
  }

  const ready = (node: NodeProcess, tls: object) =>
    until('it is ready', DEADLINE_MS, async () => {
      const answer = await get(node, '/grapevine/v1/ready', tls).catch(() => undefined)
      return answer?.status === 200
    })

  it('shows itself so, serves websockets, and takes a new certificate without a restart', async () => {
    const folder = await each.fleet.folder()
    const [first, second] = [testCertificate('first'), testCertificate('second')]
    await use(folder, first)
    const node = await start(folder)
    const tls = { ca: [first.cert, second.cert] }
    await ready(node, tls)
    const { text, shown } = await get(node, '/v4/default/registry/health', tls)
    assert.equal(shown, 'first')
    const { instances } = JSON.parse(text) as {
      instances: readonly { serviceId: string; instanceId: string; endpoints: readonly string[] }[]
    }
    assert.match(instances[0]?.endpoints[0] ?? '', /^rest:\/\/127\.0\.0\.1:\d+\/\?sslEnabled=true$/)
    assert.match((await get(node, '/v4/default/admin/clusters', tls)).text, /https:\/\/127\.0\.0\.1/)

    const path = `/v4/default/registry/microservices/${instances[0]?.serviceId}/watcher`
    const socket = new WebSocket(node.url.replace('http:', 'wss:') + path, tls)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.terminate()
    assert.equal(await raw(node.url, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n').catch(() => ''), '')

    await writeFile(join(folder, 'server.cer'), 'nonsense')
    await node.line(/the former certificate stays/, DEADLINE_MS)
    assert.equal((await get(node, '/health', tls)).shown, 'first')
    await writeFile(join(folder, 'server.cer'), '')
    await node.line(/server\.cer is empty/, DEADLINE_MS)
    assert.equal((await get(node, '/health', tls)).shown, 'first')
    await use(folder, second)
    await until('it shows the second', DEADLINE_MS, async () => (await get(node, '/health', tls)).shown === 'second')
  })

  it('asks clients for a certificate where it is told to', async () => {
    const folder = await each.fleet.folder()
    const [server, client, stranger] = ['server', 'client', 'stranger'].map(testCertificate)
    assert.ok(server && client && stranger)
    await use(folder, server)
    await writeFile(join(folder, 'trust.cer'), client.cert)
    const node = await start(folder, '--ssl-verify-client', 'true')
    const { cert: ca } = server
    await ready(node, { ca, ...client })
    await assert.rejects(get(node, '/health', { ca }))
    await assert.rejects(get(node, '/health', { ca, ...stranger }))
    const [cert, key] = [join(folder, 'client.cer'), join(folder, 'client_key.pem')]
    await Promise.all([writeFile(cert, client.cert), writeFile(key, client.key)])
    const url = `${node.url.replace('http:', 'https:')}/grapevine/v1/ready`
    assert.equal(await probe(url, cert, key), 0)
    assert.equal(await probe(url), 1)
    assert.equal(await probe(`${url}/nothing`, cert, key), 1)
  })

  it('shows its own certificate to nodes that want to see one', async () => {
    const own = testCertificate('nodes')
    const folders = [await each.fleet.folder(), await each.fleet.folder()]
    for (const folder of folders) {
      await use(folder, own)
      await writeFile(join(folder, 'trust.cer'), own.cert)
    }
    const places = [await each.fleet.place(), await each.fleet.place()]
    const nodes = places.map((place, at) => {
      const tls = ['--ssl-mode', 'true', '--ssl-dir', folders[at] ?? '', '--ssl-verify-client', 'true']
      const peers = ['--peers', `https://127.0.0.1:${places[1 - at]?.http}`]
      return each.fleet.node({ place, name: `n${at}`, cluster: 'sc1', flags: [...tls, ...peers] })
    })
    for (const node of nodes) {
      await ready(node, { ca: own.cert, ...own })
      await until('the other is connected', DEADLINE_MS, async () => {
        const { text } = await get(node, '/v4/default/admin/peers', { ca: own.cert, ...own })
        const { peers } = JSON.parse(text) as { peers: readonly { state: string; direct: boolean }[] }
        return peers.some(({ state, direct }) => state === 'up' && direct)
      })
    }
  })

  it('does not start with files that are none', async () => {
    const folder = await each.fleet.folder()
    const rows: readonly (readonly [TestCertificate | undefined, RegExp])[] = [
      [undefined, /server\.cer cannot be read for HTTPS \(ENOENT\)/],
      [{ ...testCertificate('a'), key: testCertificate('b').key }, /are no certificate and its key/],
    ]
    for (const [certificate, message] of rows) {
      if (certificate !== undefined) await use(folder, certificate)
      const node = await start(folder)
      await node.line(message, DEADLINE_MS)
      await until('it has ended', DEADLINE_MS, () => node.end !== undefined)
      assert.notEqual(node.end?.code, 0)
    }
  })
})
