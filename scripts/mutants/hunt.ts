/**
 * `hunt.ts SEEDS NAMES FIRST`: runs seeds, FIRST before all others where it is given, until a checker of one of the named
 * invariants reports; without names, any checker.
 */
import { runSeed } from '../../test/sim/run.ts'

const [seeds = '200', names = '', first = ''] = process.argv.slice(2)
const wanted = new Set(names === '' ? [] : names.split(','))
const all = Array.from({ length: Number(seeds) }, (_, i) => i + 1)

const others = new Set<string>()
let caught: string | undefined
for (const seed of first === '' ? all : [Number(first), ...all]) {
  const { world } = await runSeed(seed)
  for (const { checker, text } of world.verdicts.violations) {
    const [number = ''] = checker.split(' ')
    if (text.includes(' threw: ')) others.add('an exception')
    else if (wanted.size === 0 || wanted.has(number)) caught ??= `caught by "${checker}" at seed ${seed}`
    else others.add(checker)
  }
  if (caught !== undefined) break
}
console.log(caught ?? `not caught${others.size > 0 ? `; others reported: ${[...others].join(', ')}` : ''}`)
