import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { createLog, type LogOptions } from '../../src/telemetry/log.ts'

function logged(options: LogOptions, write: (log: ReturnType<typeof createLog>) => void): string {
  let text = ''
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  write(createLog(options, destination))
  return text
}

describe('the log', () => {
  it('has one JSON object a line: time, level, fields and a constant message', () => {
    const text = logged({ level: 'info', format: 'json' }, log => log.info({ peer: 'a' }, 'peer connected'))
    const { time, level, peer, msg, ...others } = JSON.parse(text) as Record<string, unknown>
    assert.ok(typeof time === 'number' && level === 30)
    assert.deepEqual([peer, msg, others], ['a', 'peer connected', {}])
    assert.equal(text.split('\n').length, 2)
  })

  it('leaves lower levels out', () => {
    const text = logged({ level: 'warn', format: 'json' }, log => {
      log.info({}, 'not this')
      log.warn({}, 'but this')
    })
    assert.ok(!text.includes('not this') && text.includes('but this'))
  })

  it('hides what must never stand in it, in both formats', () => {
    const secrets = { password: 's3cret', currentPassword: 's3cret', token: 's3cret', authorization: 's3cret' }
    const nested = { body: { password: 's3cret', token: 's3cret' }, req: { headers: { authorization: 's3cret' } } }
    for (const format of ['json', 'text'] as const) {
      const text = logged({ level: 'info', format }, log => log.info({ ...secrets, ...nested }, 'login'))
      assert.ok(text.includes('login') && text.includes('(hidden)') && !text.includes('s3cret'), text)
    }
  })

  it('is text for people on request', () => {
    const text = logged({ level: 'info', format: 'text' }, log => log.warn({ peer: 'a' }, 'peer disconnected'))
    assert.match(text, /WARN.*peer disconnected/)
    assert.ok(text.includes('peer: "a"'))
  })
})
