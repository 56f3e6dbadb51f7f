import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFileSystem } from '../../src/store/file-system.ts'
import { openStore, StoreError } from '../../src/store/store.ts'
import { Lines, random, systemClock } from './world.ts'

const LOCK_MODULE = join(import.meta.dirname, '../../src/store/directory-lock.ts')
/** Locks the directory and says so; lives until it is killed. */
const HOLDER = `
  const { lockDirectory } = await import(process.argv[1])
  await lockDirectory(process.argv[2])
  console.log('locked')
  setInterval(() => {}, 1000)
`

describe('a data directory', function () {
  // It starts processes.
  this.timeout(60_000)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grapevine-lock-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const open = (directory = folder) =>
    openStore(directory, { sync: 'group' }, { clock: systemClock, random, log: new Lines() })

  async function holder(): Promise<{ readonly pid: number; kill(): Promise<unknown> }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, LOCK_MODULE, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exit = once(child, 'exit')
    await Promise.race([once(child.stdout, 'data'), exit])
    assert.ok(child.pid !== undefined && child.exitCode === null, 'the holder runs')
    const kill = () => {
      child.kill('SIGKILL')
      return exit
    }
    return { pid: child.pid, kill }
  }

  it('is for one process, and the refusal names the other', async () => {
    const other = await holder()
    try {
      await assert.rejects(open(), (error: Error) => {
        assert.ok(error instanceof StoreError)
        assert.ok(error.message.includes(folder) && error.message.includes(`process ${other.pid}`), error.message)
        return true
      })
    } finally {
      await other.kill()
    }
  })

  it('is free again at once when its process was killed', async () => {
    await (await holder()).kill()
    await (await open()).close()
  })

  it('is for one store within a process, and free again when it is closed', async () => {
    const first = await open()
    await assert.rejects(open(), StoreError)
    await first.close()
    await (await open()).close()
  })

  it('is refused when it is a file, or nothing can be made there', async () => {
    await writeFile(join(folder, 'file'), '')
    for (const path of [join(folder, 'file'), join(folder, 'file/below'), '/proc/nothing/here']) {
      await assert.rejects(open(path), (error: Error) => {
        assert.ok(error instanceof StoreError && error.message.includes(path), error.message)
        return true
      })
    }
  })

  it('is readable for its owner only', async () => {
    await (await open(join(folder, 'data'))).close()
    assert.equal((await stat(join(folder, 'data'))).mode & 0o077, 0)
  })

  it('is served by real files as the store expects', async () => {
    const path = join(folder, 'file')
    const file = await nodeFileSystem.open(path, 'create')
    await assert.rejects(nodeFileSystem.open(path, 'create'), /EEXIST/)
    await file.write(Buffer.from('0123456789'), 0)
    await file.write(Buffer.from('ab'), 2)
    await file.truncate(6)
    await file.sync()
    const bytes = Buffer.alloc(10)
    assert.equal(await file.read(bytes, 1), 5)
    assert.equal(bytes.subarray(0, 5).toString(), '1ab45')
    assert.equal(await file.size(), 6)
    await file.close()
    await nodeFileSystem.rename(path, `${path}2`)
    assert.deepEqual(await nodeFileSystem.list(folder), ['file2'])
    await nodeFileSystem.remove(`${path}2`)
    await nodeFileSystem.remove(`${path}2`)
    await nodeFileSystem.syncDirectory(folder)
  })
})
