import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type SourceFile, trackedFiles } from './files.ts'
import { LAYERS } from './layers.ts'
import { chance, dependencies, focus, layers, length, machine, type Rule, sleep, unfinished } from './rules.ts'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

/** Every rule with violations that it must find, and with what comes near but is right. */
const RULES: readonly {
  readonly title: string
  readonly rule: Rule
  readonly wrong: readonly SourceFile[]
  readonly right: readonly SourceFile[]
}[] = [
  {
    title: 'every part of src imports what its layer may',
    rule: layers,
    wrong: [
      { path: 'src/core/lease.ts', text: "import { Center } from '../center/center.ts'\n" },
      { path: 'src/core/lease.ts', text: "import { pack } from 'msgpackr'\n" },
      { path: 'src/center/repair.ts', text: "import {\n  type Mesh,\n  createMesh,\n} from '../mesh/mesh.ts'\n" },
      { path: 'src/mesh/node.ts', text: "import { openStore } from '../store/store.ts'\n" },
      { path: 'src/mesh/node.ts', text: "import { Center } from '../center/center.ts'\n" },
      { path: 'src/store/log.ts', text: "export * from '../telemetry/log.ts'\n" },
      { path: 'src/store/log.ts', text: "const { pino } = await import('pino')\n" },
      { path: 'src/api/server.ts', text: "import '../config.ts'\n" },
      { path: 'src/api/server.ts', text: "import wsx from 'wsx'\n" },
    ],
    right: [
      {
        path: 'src/core/codec.ts',
        text: "import { Packr } from 'msgpackr/pack'\nimport type { Key } from './keys.ts'\n",
      },
      {
        path: 'src/mesh/node.ts',
        text: "import { noise } from '@libp2p/noise'\nimport type { Mesh } from '../center/ports.ts'\n",
      },
      { path: 'src/store/log.ts', text: "import { open } from 'node:fs/promises'\n" },
      { path: 'src/main.ts', text: "const { startNode } = await import('./start.ts')\n" },
    ],
  },
  {
    title: 'src imports only packages that are dependencies',
    rule: dependencies(new Set(Object.keys(manifest.dependencies))),
    wrong: [
      { path: 'src/store/log.ts', text: "import fc from 'fast-check'\n" },
      { path: 'src/mesh/node.ts', text: "import { mplex } from '@libp2p/mplex'\n" },
    ],
    right: [
      {
        path: 'src/mesh/node.ts',
        text: "import { createLibp2p } from 'libp2p'\nimport { keys } from '@libp2p/crypto/keys'\n",
      },
    ],
  },
  {
    title: 'no file has more than 300 lines',
    rule: length,
    wrong: [{ path: 'src/core/lease.ts', text: 'x\n'.repeat(301) }],
    right: [{ path: 'src/core/lease.ts', text: 'x\n'.repeat(300) }],
  },
  {
    title: 'nothing is left unfinished',
    rule: unfinished,
    wrong: [
      { path: 'src/core/lease.ts', text: `// ${'TO'}DO: hide it\n` },
      { path: 'scripts/up.sh', text: `# ${'FIX'}ME\n` },
    ],
    right: [{ path: 'docs/list.md', text: 'TODOS of the day\n' }],
  },
  {
    title: 'core and center are told the time and draw no lots',
    rule: chance,
    wrong: [
      { path: 'src/core/stamp.ts', text: 'const now = Date.now()\n' },
      { path: 'src/center/repair.ts', text: 'const jitter = Math.random()\n' },
    ],
    right: [{ path: 'src/mesh/node.ts', text: 'const now = Date.now()\n' }],
  },
  {
    title: 'no test is skipped, and none is singled out',
    rule: focus,
    wrong: [
      { path: 'test/a.test.ts', text: `describe.${'only'}('x', () => {})\n` },
      { path: 'test/a.test.ts', text: `  it.${'skip'}('x', () => {})\n` },
    ],
    right: [{ path: 'test/a.test.ts', text: "const only = it('x', () => {})\n" }],
  },
  {
    title: 'no test sleeps',
    rule: sleep,
    wrong: [
      { path: 'test/a.test.ts', text: `await new Promise(resolve => ${'setTimeout'}(resolve, 100))\n` },
      { path: 'test/a.ts', text: `import { setTimeout as pause } from 'node:timers${'/'}promises'\n` },
    ],
    right: [
      { path: 'test/helpers/until.ts', text: `await new Promise(resolve => ${'setTimeout'}(resolve, 5))\n` },
      { path: 'test/clock.ts', text: 'const timer = setTimeout(run, ms)\n' },
    ],
  },
  {
    title: 'nothing names a machine or a registry',
    rule: machine,
    wrong: [
      { path: 'README.md', text: `cd /${'work'}/main\n` },
      { path: 'scripts/a.sh', text: `cp x /${'home'}/me/x\n` },
      { path: 'package-lock.json', text: `"resolved": "${'http'}s://example.org/x.tgz"\n` },
      { path: '.npmrc', text: `registry=https://registry.${'npmjs'}.org/\n` },
    ],
    right: [{ path: 'README.md', text: 'https://example.org/work/main, /var/lib/grapevine\n' }],
  },
]

describe('the project is tidy', () => {
  const files = trackedFiles()

  it('every folder of src has its place in the table of layers', () => {
    const { process: _, ...layered } = LAYERS
    const prefixes = Object.values(layered).flatMap(({ paths }) => paths)
    const folders = new Set(files.flatMap(({ path }) => /^src\/[^/]+\//.exec(path) ?? []))
    assert.ok(folders.size >= 7, [...folders].join())
    for (const folder of folders) assert.ok(prefixes.includes(folder), `${folder} is in no layer`)
  })

  for (const { title, rule, wrong, right } of RULES) {
    it(title, () => {
      const found = files.flatMap(file => rule(file).map(what => `${file.path} ${what}`))
      assert.deepEqual(found, [])
    })

    it(`${title}: a violation is found`, () => {
      for (const file of wrong) assert.notDeepEqual(rule(file), [], `passes: ${file.path}: ${file.text}`)
      for (const file of right) assert.deepEqual(rule(file), [], `refused: ${file.path}: ${file.text}`)
    })
  }
})
