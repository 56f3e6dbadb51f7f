/**
 * Makes a release of the version in package.json: one command, one version for the package, the image and the chart.
 *
 *     scripts/release                          says what would be made, and what keeps it from being made
 *     scripts/release --make [--out DIR]       makes it (dist/VERSION), and tags the commit vVERSION
 *     scripts/release --set 0.2.0              writes a version into every file that has it; commit that first
 *
 * `--image docker|buildah|context` says how the image is made: by default with Docker where its daemon runs, otherwise with
 * buildah, otherwise its build context is packed. Nothing is published: what is made is for you to look at and to push.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { artifactsOf, imageBuilder, make } from './releasing/artifacts.ts'
import { faultsOf } from './releasing/checks.ts'
import { setVersion, versionOf } from './releasing/versions.ts'

const ROOT = join(import.meta.dirname, '..')

const OPTIONS = {
  make: { type: 'boolean', default: false },
  set: { type: 'string' },
  out: { type: 'string' },
  image: { type: 'string' },
  root: { type: 'string', default: ROOT },
} as const

function main(): number {
  const { make: isMade, set, out, image, root } = parseArgs({ options: OPTIONS }).values
  if (set !== undefined) {
    for (const file of setVersion(root, set)) console.log(`${file}: ${set}`)
    return 0
  }
  const version = versionOf(root)
  const builder = imageBuilder(image)
  const folder = out ?? join(root, 'dist', version)
  const faults = faultsOf(root, version)
  console.log(`Release ${version}${isMade ? '' : ' (dry run: --make makes it)'}`)
  for (const name of artifactsOf(version, builder)) console.log(`  ${join(folder, name)}`)
  console.log(`  tag v${version}`)
  for (const fault of faults) console.error(`not ready: ${fault}`)
  if (faults.length > 0) return 1
  if (isMade) make(root, version, folder, builder)
  return 0
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(`release: ${(error as Error).message}`)
  process.exitCode = 2
}
