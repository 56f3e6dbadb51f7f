import type { Command, Option } from 'commander'

/** A command as shells complete it: its words from the root, its commands, its options. */
interface Completed {
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly Flag[]
}

interface Flag {
  readonly long: string
  readonly description: string
  readonly choices: readonly string[]
  readonly takesValue: boolean
}

/** Writes a completion script made from the commands themselves. */
export function printCompletion(program: Command, shell: 'bash' | 'zsh' | 'fish'): void {
  const script = { bash, zsh, fish }[shell]
  process.stdout.write(script(completedOf(program, program.options)))
}

function completedOf(command: Command, shared: readonly Option[], path = ''): readonly Completed[] {
  const commands = command.commands.flatMap(each => {
    const names = [each.name(), ...each.aliases()]
    return names.map(name => ({ name, description: each.description() }))
  })
  const options = [...(path === '' ? [] : command.options), ...shared].filter(({ hidden }) => !hidden).map(flagOf)
  const unique = [...new Map(options.map(flag => [flag.long, flag])).values()]
  const below = command.commands.flatMap(each =>
    [each.name(), ...each.aliases()].flatMap(name => completedOf(each, shared, `${path} ${name}`.trim())),
  )
  return [{ path, commands, options: unique }, ...below]
}

const flagOf = ({ long, short, description, argChoices, required, optional }: Option): Flag => ({
  long: long ?? short ?? '',
  description,
  choices: argChoices ?? [],
  takesValue: required || optional,
})

/** The words so far without options and their values, for all shells alike. */
const bash = (commands: readonly Completed[]): string => {
  const cases = commands.map(({ path, commands: below, options }) => {
    const words = [...below.map(({ name }) => name), ...options.map(({ long }) => long)]
    return `    '${path}') words='${words.join(' ')}' ;;`
  })
  const values = choicesOf(commands).map(({ long, choices }) => `    ${long}) words='${choices.join(' ')}' ;;`)
  return `# grapevine completion for bash: source <(grapevine completion bash)
_grapevine() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' i word
  local known='${commands
    .map(({ path }) => path)
    .filter(path => path !== '')
    .join('\n')}'
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if grep -qxF -- "\${path:+$path }$word" <<< "$known"; then path="\${path:+$path }$word"; fi
  done
  case $prev in
${values.join('\n')}
  esac
  if [ -z "$words" ]; then
    case $path in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _grapevine grapevine
`
}

const zsh = (commands: readonly Completed[]): string => {
  const cases = commands.map(({ path, commands: below, options }) => {
    const described = [
      ...below.map(({ name, description }) => `${name}:${description}`),
      ...options.map(({ long, description }) => `${long}:${description}`),
    ]
    return `    '${path}') described=(${described.map(zshQuoted).join(' ')}) ;;`
  })
  const values = choicesOf(commands).map(
    ({ long, choices }) => `    ${long}) compadd -- ${choices.join(' ')}; return ;;`,
  )
  return `#compdef grapevine
# grapevine completion for zsh: grapevine completion zsh > "\${fpath[1]}/_grapevine"
_grapevine() {
  local place='' word
  local -a known described
  known=(${pathsOf(commands).map(zshQuoted).join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if (( \${known[(Ie)\${place:+$place }$word]} )); then place="\${place:+$place }$word"; fi
  done
  case \${words[CURRENT-1]} in
${values.join('\n')}
  esac
  case $place in
${cases.join('\n')}
  esac
  _describe grapevine described
}
if [ "$funcstack[1]" = _grapevine ]; then _grapevine "$@"; else compdef _grapevine grapevine; fi
`
}

const fish = (commands: readonly Completed[]): string => {
  const lines = commands.flatMap(({ path, commands: below, options }) => {
    const when = `-n "__grapevine_at '${path}'"`
    return [
      ...below.map(
        ({ name, description }) => `complete -c grapevine -f ${when} -a '${name}' -d '${fishQuoted(description)}'`,
      ),
      ...options.map(({ long, description, choices, takesValue }) => {
        const value = choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : takesValue ? ' -r' : ''
        return `complete -c grapevine ${when} -l '${long.replace(/^--/, '')}' -d '${fishQuoted(description)}'${value}`
      }),
    ]
  })
  return `# grapevine completion for fish: grapevine completion fish > ~/.config/fish/completions/grapevine.fish
function __grapevine_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim "$place $word")
        contains -- $next ${commands
          .map(({ path }) => path)
          .filter(path => path !== '')
          .map(path => `'${path}'`)
          .join(' ')}; and set place $next
    end
    test "$place" = "$argv[1]"
end
${lines.join('\n')}
`
}

const pathsOf = (commands: readonly Completed[]): readonly string[] =>
  commands.map(({ path }) => path).filter(path => path !== '')

const choicesOf = (commands: readonly Completed[]): readonly Flag[] => {
  const flags = commands.flatMap(({ options }) => options.filter(({ choices }) => choices.length > 0))
  return [...new Map(flags.map(flag => [flag.long, flag])).values()]
}

const zshQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const fishQuoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
