import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const COPIED = [
  'bin',
  'src',
  'docs',
  'k8s',
  'package.json',
  'package-lock.json',
  '.npmrc',
  '.gitignore',
  '.dockerignore',
  'Dockerfile',
  'CHANGELOG.md',
  'README.md',
  'SECURITY.md',
  'LICENSE',
]
const VERSION = '7.8.9'

describe('the release command', function () {
  this.timeout(120_000)
  let folder: string
  let repository: string

  const git = (...args: readonly string[]): string => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false']
    const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { cwd: repository, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }
  const release = (...args: readonly string[]) => {
    const env = {
      ...process.env,
      GIT_AUTHOR_NAME: 't',
      GIT_AUTHOR_EMAIL: 't@example.org',
      GIT_COMMITTER_NAME: 't',
      GIT_COMMITTER_EMAIL: 't@example.org',
    }
    const command = [join(ROOT, 'scripts/release.ts'), '--root', repository, '--image', 'context', ...args]
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env })
    return { code: status, stdout, stderr }
  }
  const changelog = (text: string): void => writeFileSync(join(repository, 'CHANGELOG.md'), `# Changelog\n\n${text}`)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'grapevine-release-'))
    repository = join(folder, 'repository')
    for (const path of COPIED) cpSync(join(ROOT, path), join(repository, path), { recursive: true })
    git('init', '-q', '-b', 'main')
    git('add', '-A')
    git('commit', '-q', '-m', 'first')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('says all that keeps a release from being made, and makes nothing', () => {
    changelog('## 0.0.1, 2026-01-01\n\n- Something.\n')
    writeFileSync(
      join(repository, 'Dockerfile'),
      readFileSync(join(repository, 'Dockerfile'), 'utf8').replace(/^ARG VERSION=.*$/m, 'ARG VERSION=9.9.9'),
    )
    const { code, stderr } = release('--make')
    assert.equal(code, 1)
    assert.match(stderr, /the tree is dirty, commit or remove: .*CHANGELOG\.md.*Dockerfile/)
    assert.match(stderr, /CHANGELOG\.md has no section/)
    assert.match(stderr, /Dockerfile says 9\.9\.9, package\.json says/)
    assert.ok(!readdirSync(repository).includes('dist'))
    git('checkout', '-q', '.')
  })

  it('writes a version everywhere at once, and refuses what is none', () => {
    const wrong = release('--set', '1.2')
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [2, 'release: "1.2" is no version; use three numbers, such as 1.4.0 or 1.4.0-rc.1\n'],
    )
    assert.equal(release('--set', VERSION).code, 0)
    assert.deepEqual(git('diff', '--name-only').split('\n'), [
      'Dockerfile',
      'docs/kubernetes.md',
      'k8s/service-center/Chart.yaml',
      'package-lock.json',
      'package.json',
    ])
    changelog(`## ${VERSION}, not released yet\n\n- New.\n`)
    git('commit', '-q', '-a', '-m', 'version')
    assert.match(release().stderr, /"## 7\.8\.9, not released yet" has no date/)
    changelog(`## ${VERSION}, 2026-12-01\n\n`)
    git('commit', '-q', '-a', '-m', 'date')
    assert.match(release().stderr, /^not ready: CHANGELOG\.md says nothing about 7\.8\.9\n$/)
  })

  it('makes nothing without being told to', () => {
    changelog(`## ${VERSION}, 2026-12-01\n\n- New.\n\n## 0.1.0, 2026-11-24\n\n- Old.\n`)
    git('commit', '-q', '-a', '-m', 'ready')
    const { code, stdout, stderr } = release()
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /dry run/)
    assert.equal(git('tag'), '')
    assert.ok(!readdirSync(repository).includes('dist'))
  })

  it('makes package, chart and image context of one version, with sums and notes, and tags it', () => {
    const out = join(folder, 'out')
    const { code, stderr } = release('--make', '--out', out)
    assert.equal(code, 0, stderr)
    assert.equal(git('tag'), `v${VERSION}`)
    const name = `grapevine-service-center-${VERSION}`
    assert.deepEqual(readdirSync(out).sort(), [
      'NOTES.md',
      'SHA256SUMS',
      `${name}-image-context.tar.gz`,
      `${name}.tar.gz`,
      `service-center-${VERSION}.tgz`,
    ])
    assert.equal(readFileSync(join(out, 'NOTES.md'), 'utf8'), `# Grapevine ${VERSION}\n\n- New.\n`)
    const sums = spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' })
    assert.deepEqual([sums.status, sums.stdout], [0, ''])

    const unpack = (file: string) => spawnSync('tar', ['xzf', file, '-C', out], { cwd: out }).status
    assert.equal(unpack(`service-center-${VERSION}.tgz`), 0)
    const chart = readFileSync(join(out, 'service-center/Chart.yaml'), 'utf8')
    assert.match(chart, new RegExp(`^version: ${VERSION}$`, 'm'))
    assert.match(chart, new RegExp(`^appVersion: "${VERSION}"$`, 'm'))
    assert.equal(unpack(`${name}.tar.gz`), 0)
    symlinkSync(join(ROOT, 'node_modules'), join(out, name, 'node_modules'))
    const told = spawnSync(join(out, name, 'bin/grapevine'), ['version'], { encoding: 'utf8' })
    assert.deepEqual([told.stdout, told.stderr], [`${VERSION}\n`, ''])
    const listed = spawnSync('tar', ['tzf', join(out, `${name}-image-context.tar.gz`)], { encoding: 'utf8' }).stdout
    for (const file of ['Dockerfile', 'package-lock.json', 'bin/probe.cjs', 'src/main.ts'])
      assert.ok(listed.includes(`${file}\n`), file)

    const again = release('--make', '--out', out)
    assert.deepEqual([again.code, again.stderr], [1, `not ready: tag v${VERSION} exists\n`])
  })

  it('has the versions of this repository agree', () => {
    const { stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/release.ts'), '--image', 'context'], {
      encoding: 'utf8',
    })
    assert.doesNotMatch(stderr, / says .*, package\.json says /)
  })
})
