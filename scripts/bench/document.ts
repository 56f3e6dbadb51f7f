/** docs/performance.md: prose by hand, and sections that a benchmark replaces as a whole. */

const startOf = (name: string): string => `<!-- bench:${name} -->`
const endOf = (name: string): string => `<!-- /bench:${name} -->`

/** The document with other content between the markers of a section. Fails when it has none. */
export function withSection(document: string, name: string, content: string): string {
  const from = document.indexOf(startOf(name))
  const to = document.indexOf(endOf(name))
  if (from < 0 || to < from) throw new Error(`the document has no section between ${startOf(name)} and ${endOf(name)}`)
  return `${document.slice(0, from + startOf(name).length)}\n${content.trim()}\n${document.slice(to)}`
}
