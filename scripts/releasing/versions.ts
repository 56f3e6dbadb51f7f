import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A version as semver.org has it, without build metadata: an image's tag may not have that. */
const SEMANTIC = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/

/** One place where the version stands: the pattern's group is it. */
interface Place {
  readonly file: string
  readonly pattern: RegExp
}

/** Where it stands beside package.json. */
const PLACES: readonly Place[] = [
  { file: 'package-lock.json', pattern: /^ {2}"version": "(.*)",$/m },
  { file: 'package-lock.json', pattern: /^ {4}"": \{\n {6}"name": .*\n {6}"version": "(.*)",$/m },
  { file: 'k8s/service-center/Chart.yaml', pattern: /^version: (.*)$/m },
  { file: 'k8s/service-center/Chart.yaml', pattern: /^appVersion: "(.*)"$/m },
  { file: 'Dockerfile', pattern: /^ARG VERSION=(.*)$/m },
  { file: 'Dockerfile', pattern: /grapevine-service-center:(\S+) \.$/m },
  { file: 'docs/kubernetes.md', pattern: /docker build -t \S+:(\S+) \.$/m },
  { file: 'docs/kubernetes.md', pattern: /docker push \S+:(\S+)$/m },
]
const PACKAGE: Place = { file: 'package.json', pattern: /^ {2}"version": "(.*)",$/m }

export const isSemantic = (version: string): boolean => SEMANTIC.test(version)

export const versionOf = (root: string): string => found(root, PACKAGE) ?? ''

/** Places that do not have this version, as sentences. */
export const strayVersions = (root: string, version: string): readonly string[] =>
  PLACES.flatMap(place => {
    const other = found(root, place)
    return other === version ? [] : [`${place.file} says ${other ?? 'no version'}, package.json says ${version}`]
  })

/** Writes it into every place; the files that have it now. Throws for what is no version. */
export function setVersion(root: string, version: string): readonly string[] {
  if (!isSemantic(version))
    throw new Error(`"${version}" is no version; use three numbers, such as 1.4.0 or 1.4.0-rc.1`)
  const places = [PACKAGE, ...PLACES]
  for (const { file, pattern } of places) {
    const path = join(root, file)
    const before = readFileSync(path, 'utf8')
    const match = new RegExp(pattern.source, `${pattern.flags}d`).exec(before)
    const [start, end] = match?.indices?.[1] ?? []
    if (start === undefined || end === undefined) throw new Error(`${file} has no place for the version`)
    writeFileSync(path, before.slice(0, start) + version + before.slice(end))
  }
  return [...new Set(places.map(({ file }) => file))]
}

const found = (root: string, { file, pattern }: Place): string | undefined =>
  pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1]
