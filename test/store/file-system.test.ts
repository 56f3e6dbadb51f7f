import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFileSystem } from '../../src/store/file-system.ts'

describe('the file system', () => {
  it('makes a directory with its parents, and is content when it is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grapevine-'))
    try {
      await nodeFileSystem.makeDirectory(join(folder, 'a/b/c'))
      await nodeFileSystem.makeDirectory(join(folder, 'a/b/c'))
      assert.ok(existsSync(join(folder, 'a/b/c')))
      await writeFile(join(folder, 'file'), '')
      await assert.rejects(nodeFileSystem.makeDirectory(join(folder, 'file/d')), { code: 'ENOTDIR' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('gives up where a directory can never be made, instead of trying for ever', async function () {
    if (!existsSync('/proc/self')) return
    this.timeout(5_000)
    await assert.rejects(nodeFileSystem.makeDirectory('/proc/grapevine'), { code: 'ENOENT' })
  })
})
