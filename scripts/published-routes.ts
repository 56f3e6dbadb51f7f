/**
 * Makes the table of published routes that a test holds ours against: methods, paths, parameters and status codes of the
 * original's Swagger files, and nothing else of them. `node scripts/published-routes.ts DIRECTORY > test/api/published.json`
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Published {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly responses: Readonly<Record<string, unknown>>
}

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  console.error('usage: node scripts/published-routes.ts DIRECTORY-OF-SWAGGER-FILES')
  process.exit(2)
}

const rows = readdirSync(directory)
  .filter(name => name.endsWith('.yaml'))
  .toSorted()
  .flatMap(name => {
    const { paths } = parse(readFileSync(join(directory, name), 'utf8')) as Published
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [], responses }]) => ({
        method: method.toUpperCase(),
        path,
        // A body has a name in Swagger 2, but nobody sends it.
        parameters: parameters.map(({ name: given, in: place }) => (place === 'body' ? place : `${place} ${given}`)),
        statuses: Object.keys(responses).map(Number),
      })),
    )
  })

console.log(`[\n${rows.map(row => `  ${JSON.stringify(row)}`).join(',\n')}\n]`)
