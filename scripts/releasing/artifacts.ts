import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { changelogOf } from './checks.ts'
import { output, succeeds, text } from './run.ts'

const NAME = 'grapevine-service-center'
/** What a node needs, and what people read. The lock file is part of it: `npm ci --omit=dev` gets what was tested. */
const PACKAGED = [
  'bin',
  'src',
  'docs',
  'k8s',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'LICENSE',
  'Dockerfile',
  '.dockerignore',
]
const CONTEXT = ['Dockerfile', '.dockerignore', '.npmrc', 'package.json', 'package-lock.json', 'LICENSE', 'bin', 'src']
const CHART = 'k8s/service-center'

/** `context`: neither Docker nor buildah is there, so what they need is packed. */
export type ImageBuilder = 'docker' | 'buildah' | 'context'

export function imageBuilder(asked: string | undefined): ImageBuilder {
  if (asked === 'docker' || asked === 'buildah' || asked === 'context') return asked
  if (asked !== undefined) throw new Error(`--image ${asked}: use docker, buildah or context`)
  if (succeeds('docker', ['version', '--format', '{{.Server.Version}}'])) return 'docker'
  return succeeds('buildah', ['--version']) ? 'buildah' : 'context'
}

const packageFile = (version: string): string => `${NAME}-${version}.tar.gz`
/** As helm calls it. */
const chartFile = (version: string): string => `service-center-${version}.tgz`
const imageFile = (version: string, builder: ImageBuilder): string =>
  builder === 'context' ? `${NAME}-${version}-image-context.tar.gz` : `${NAME}-${version}-image.tar`

export const artifactsOf = (version: string, builder: ImageBuilder): readonly string[] => [
  packageFile(version),
  chartFile(version),
  imageFile(version, builder),
  'NOTES.md',
  'SHA256SUMS',
]

/** All of it from the commit that is checked out, never from the work tree; then the tag. */
export function make(root: string, version: string, folder: string, builder: ImageBuilder): void {
  mkdirSync(folder, { recursive: true })
  const put = (name: string, content: Buffer | string): void => writeFileSync(join(folder, name), content)
  put(packageFile(version), packed(root, `${NAME}-${version}/`, PACKAGED))
  // As `helm package` makes it: a folder of the chart's name.
  put(chartFile(version), packed(join(root, CHART), 'service-center/', ['.']))
  const image = imageFile(version, builder)
  if (builder === 'context') put(image, packed(root, '', CONTEXT))
  else buildImage(root, version, join(folder, image), builder)
  put('NOTES.md', `# Grapevine ${version}\n\n${changelogOf(root, version)?.body ?? ''}\n`)
  const sums = artifactsOf(version, builder)
    .slice(0, -1)
    .map(name => `${sha256(join(folder, name))}  ${name}\n`)
  put('SHA256SUMS', sums.join(''))
  output('git', ['tag', '-a', `v${version}`, '-m', `Grapevine ${version}`], root)
  console.log(`made, and tagged v${version}; push the tag, the image and the chart where they belong`)
}

/** Files of the commit below a folder. The same bytes for the same commit: times are the commit's, and gzip writes none. */
const packed = (folder: string, prefix: string, paths: readonly string[]): Buffer => {
  const prefixed = prefix === '' ? [] : [`--prefix=${prefix}`]
  return gzipSync(output('git', ['archive', '--format=tar', ...prefixed, 'HEAD', ...paths], folder), { level: 9 })
}

function buildImage(root: string, version: string, file: string, builder: 'docker' | 'buildah'): void {
  const tag = `${NAME}:${version}`
  const labels = [
    '--build-arg',
    `VERSION=${version}`,
    '--build-arg',
    `REVISION=${text('git', ['rev-parse', 'HEAD'], root)}`,
  ]
  if (builder === 'docker') {
    output('docker', ['build', ...labels, '-t', tag, '.'], root)
    output('docker', ['save', '-o', file, tag], root)
  } else {
    output('buildah', ['build', ...labels, '-t', tag, '.'], root)
    output('buildah', ['push', tag, `oci-archive:${file}:${tag}`], root)
  }
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
