import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { eachFleet } from '../helpers/each-fleet.ts'
import type { NodeOptions } from '../helpers/process.ts'

const END_DEADLINE_MS = 30_000

describe('a start that cannot succeed', function () {
  this.timeout(60_000)
  const each = eachFleet()

  /** Starts a node that must end by itself, with an error; the one line that it says. */
  async function refusal(options: Partial<NodeOptions>): Promise<string> {
    const node = each.fleet.node({ place: await each.fleet.place(), name: 'refused', ...options })
    const { code } = await node.ended(END_DEADLINE_MS)
    assert.notEqual(code, 0, node.output)
    const lines = node.output.split('\n').filter(line => line.trim() !== '')
    assert.equal(lines.length, 1, `one line, not:\n${node.output}`)
    return lines[0] ?? ''
  }

  it('names the option, the value and what is allowed', async () => {
    const [slip, kind, port] = await Promise.all([
      refusal({ cluster: 'sc2=http://10.12.0.2:30100' }),
      refusal({ env: { REGISTRY_KIND: 'etcd' } }),
      refusal({ flags: ['--http', '127.0.0.1:99999'] }),
    ])
    assert.match(slip, /--cluster\b.*sc2=http:\/\/10\.12\.0\.2:30100/)
    assert.match(slip, /--clusters/, 'what was meant')
    assert.match(kind, /etcd/)
    assert.match(port, /--http\b.*99999/)
  })

  it('names the port that is in use', async () => {
    const place = await each.fleet.place()
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(place.http, '127.0.0.1', resolve))
    try {
      assert.match(await refusal({ place }), new RegExp(`${place.http}`))
    } finally {
      await new Promise(resolve => taken.close(resolve))
    }
  })

  it('names the data directory that another node holds, or that is none', async () => {
    const data = await each.fleet.folder()
    const file = join(await each.fleet.folder(), 'file')
    await writeFile(file, '')
    await each.fleet.node({ place: await each.fleet.place(), name: 'holder', data }).ready()
    const [locked, none] = await Promise.all([refusal({ data }), refusal({ data: file })])
    assert.ok(locked.includes(data), locked)
    assert.ok(none.includes(file), none)
  })
})
