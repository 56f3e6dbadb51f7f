import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeeds, text } from './run.ts'
import { isSemantic, strayVersions } from './versions.ts'

/** Everything that keeps a release from being made, all at once. */
export const faultsOf = (root: string, version: string): readonly string[] => [
  ...(isSemantic(version) ? [] : [`package.json: "${version}" is no semantic version`]),
  ...strayVersions(root, version),
  ...changelogFaults(root, version),
  ...repositoryFaults(root, version),
]

/** The section of a version, without its heading; undefined: there is none. `heading` has what stands behind the version. */
export function changelogOf(
  root: string,
  version: string,
): { readonly heading: string; readonly body: string } | undefined {
  const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m).slice(1)
  for (const section of sections) {
    const [heading = '', ...body] = section.split('\n')
    const [name, ...rest] = heading.split(', ')
    if (name === version) return { heading: rest.join(', '), body: body.join('\n').trim() }
  }
  return undefined
}

function changelogFaults(root: string, version: string): readonly string[] {
  const section = changelogOf(root, version)
  if (section === undefined) return [`CHANGELOG.md has no section "## ${version}, DATE"`]
  return [
    ...(/^\d{4}-\d\d-\d\d$/.test(section.heading)
      ? []
      : [`CHANGELOG.md: "## ${version}, ${section.heading}" has no date; write "## ${version}, YYYY-MM-DD"`]),
    ...(/^- /m.test(section.body) ? [] : [`CHANGELOG.md says nothing about ${version}`]),
  ]
}

function repositoryFaults(root: string, version: string): readonly string[] {
  const changed = text('git', ['status', '--porcelain'], root)
  const tag = `v${version}`
  return [
    ...(changed === '' ? [] : [`the tree is dirty, commit or remove: ${changed.split('\n').slice(0, 5).join('; ')}`]),
    ...(succeeds('git', ['-C', root, 'rev-parse', '-q', '--verify', `refs/tags/${tag}`]) ? [`tag ${tag} exists`] : []),
  ]
}
