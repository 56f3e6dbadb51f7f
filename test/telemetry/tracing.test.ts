import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Prints which packages of OpenTelemetry's SDK are loaded after this. */
const LOADED = `
import { createRequire } from 'node:module'
const loaded = Object.keys(createRequire(import.meta.url).cache).filter(path => /@opentelemetry.(sdk-|exporter-|otlp-)/.test(path))
console.log('loaded', loaded.length)
process.exit(0)
`

const loadedAfter = (code: string): number => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code + LOADED], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 60_000,
  })
  const [, count] = /loaded (\d+)/.exec(stdout) ?? []
  assert.ok(count !== undefined, stderr)
  return Number(count)
}

describe('tracing', function () {
  this.timeout(90_000)

  it('is not even loaded where nobody asks for traces', () => {
    assert.equal(loadedAfter(`await import('./src/node.ts')`), 0)
    const options = `{ endpoint: 'http://127.0.0.1:9', ratio: 1, version: '1', node: 'n', name: 'n', cluster: 'c' }`
    const start = `const { Tracing } = await import('./src/telemetry/tracing.ts'); await Tracing.start(${options})`
    assert.ok(loadedAfter(start) > 0)
  })
})
