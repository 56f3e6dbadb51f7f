import { envOf, flagOf, type Option } from './option.ts'
import { CONFIG_OPTION, OPTIONS } from './table.ts'

/** The options as Markdown tables: for docs/operations.md, which a test holds against them. */
export const optionTable = (): string =>
  table(
    ['flag, and key in a file', 'environment', 'value', 'default', 'meaning'],
    [CONFIG_OPTION, ...Object.values(OPTIONS)].map(option => [
      `\`${flagOf(option.key)}\`<br>\`${option.key}\``,
      `\`${envOf(option.key)}\``,
      code(option.value),
      option.shown === undefined || option.shown === '' ? '–' : option.shown,
      option.doc + (option.repeatable ? ' May be given several times.' : ''),
    ]),
  )

/** The names under which the original knows them. */
export const originalTable = (): string =>
  table(
    ['flag', 'keys of app.yaml and app.conf', 'environment'],
    Object.values(OPTIONS)
      .filter((option: Option<unknown>) => option.keys.length > 0 || option.envs.length > 0)
      .map(option => [
        `\`${flagOf(option.key)}\``,
        option.keys.map(code).join(', ') || '–',
        option.envs.map(code).join(', ') || '–',
      ]),
  )

const code = (text: string): string => `\`${text}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map(row => `| ${row.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
