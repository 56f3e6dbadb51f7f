/** One line, one step: what a scenario lists, and what `scripts/harness do` takes. `VERBS` is the grammar and its help. */
import { parseDuration, parseRate, parseRatio, parseSize } from './units.ts'

/** What happens to the bytes from one node to another. */
export interface Shape {
  readonly delayMs?: number
  /** Drawn anew for each piece, and added. */
  readonly jitterMs?: number
  /** Share of segments that have to be sent again. */
  readonly lossRatio?: number
  readonly bytesPerSecond?: number
}

/** Names of nodes or clusters, or `all`; resolved when the step runs. */
export type Step =
  | {
      readonly verb: 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'replace' | 'fill' | 'free'
      readonly who: string
    }
  | { readonly verb: 'restart'; readonly who: string; readonly disk: 'kept' | 'lost' }
  | {
      readonly verb: 'cut'
      readonly from: string
      readonly to: string
      readonly oneWay: boolean
      readonly how: 'hold' | 'reset'
    }
  | { readonly verb: 'heal'; readonly from: string; readonly to: string }
  | {
      readonly verb: 'slow'
      readonly from: string
      readonly to: string
      readonly oneWay: boolean
      readonly shape: Shape
    }
  | { readonly verb: 'skew'; readonly who: string; readonly offsetMs: number }
  | { readonly verb: 'upgrade'; readonly who: string; readonly to: string }
  | { readonly verb: 'workload' | 'end' | 'storm'; readonly name: string }
  | { readonly verb: 'die' | 'unregister'; readonly name: string; readonly count: number }
  | { readonly verb: 'churn'; readonly name: string; readonly perSecond: number }
  | { readonly verb: 'attack'; readonly kind: 'poison' | 'stranger'; readonly who: string }
  | { readonly verb: 'wait'; readonly ms: number }
  | { readonly verb: 'settle'; readonly withinMs: number }

type Words = readonly string[]
type Read = (words: Words) => Step

const usage = (line: string): never => {
  throw new TypeError(line)
}

const one =
  (verb: 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'replace' | 'fill' | 'free'): Read =>
  ([who, ...rest]) =>
    who === undefined || rest.length > 0 ? usage('one node or cluster, or "all"') : { verb, who }

const named =
  (verb: 'workload' | 'end' | 'storm'): Read =>
  ([name, ...rest]) =>
    name === undefined || rest.length > 0 ? usage('the name of a workload') : { verb, name }

const counted =
  (verb: 'die' | 'unregister'): Read =>
  ([name, text, ...rest]) => {
    const count = Number(text)
    if (name === undefined || !Number.isInteger(count) || count < 1 || rest.length > 0)
      return usage('a workload and how many of it')
    return { verb, name, count }
  }

/** `a b` means both ways, `a > b` one. */
function pair(words: Words): { from: string; to: string; oneWay: boolean; rest: Words } {
  const [from, second, third, ...more] = words
  if (from === undefined || second === undefined)
    return usage('two nodes or clusters: "a b" both ways, "a > b" one way')
  if (second !== '>') return { from, to: second, oneWay: false, rest: words.slice(2) }
  return third === undefined ? usage('a name behind ">"') : { from, to: third, oneWay: true, rest: more }
}

const SHAPES = {
  delay: (text: string) => ({ delayMs: parseDuration(text) }),
  jitter: (text: string) => ({ jitterMs: parseDuration(text) }),
  loss: (text: string) => ({ lossRatio: parseRatio(text) }),
  rate: (text: string) => ({ bytesPerSecond: parseSize(text.replace(/\/s$/, '')) }),
}

function parseShape(words: Words): Shape {
  const parts = words.map(word => {
    const [key = '', value = ''] = word.split('=')
    if (!Object.hasOwn(SHAPES, key)) throw new TypeError(`"${word}" is none of delay=, jitter=, loss=, rate=`)
    return SHAPES[key as keyof typeof SHAPES](value)
  })
  return Object.assign({}, ...parts) as Shape
}

const HOUR_MS = 3_600_000

function parseOffset(text = ''): number {
  const [, sign, rest = ''] = /^([+-])(.+)$/.exec(text) ?? []
  if (sign === undefined) throw new TypeError(`"${text}" is no offset such as +1h or -30s`)
  return (sign === '-' ? -1 : 1) * parseDuration(rest)
}

/** Steps by their first word: how they are written, what they do, how they are read. */
export const VERBS: Readonly<Record<string, { readonly form: string; readonly does: string; readonly read: Read }>> = {
  start: { form: 'start WHO', does: 'start what was stopped or killed, with its disk', read: one('start') },
  stop: { form: 'stop WHO', does: 'SIGTERM: it says goodbye', read: one('stop') },
  kill: { form: 'kill WHO', does: 'kill -9', read: one('kill') },
  pause: { form: 'pause WHO', does: 'SIGSTOP', read: one('pause') },
  resume: { form: 'resume WHO', does: 'SIGCONT', read: one('resume') },
  restart: {
    form: 'restart WHO [without disk]',
    does: 'stop and start; without disk: only the identity is left of its data',
    read: ([who, ...rest]) => {
      const disk = rest.join(' ')
      if (who === undefined || !['', 'without disk', 'with disk'].includes(disk)) return usage('WHO [without disk]')
      return { verb: 'restart', who, disk: disk === 'without disk' ? 'lost' : 'kept' }
    },
  },
  replace: { form: 'replace WHO', does: 'kill -9, empty its disk, start: a new identity', read: one('replace') },
  cut: {
    form: 'cut WHO WHO [reset] | cut WHO > WHO',
    does: 'nothing passes (both ways, or one): bytes wait as behind a dead link; reset: connections end at once',
    read: words => {
      const { rest, ...ends } = pair(words)
      if (!['', 'reset'].includes(rest.join(' '))) return usage('WHO WHO [reset] or WHO > WHO')
      return { verb: 'cut', ...ends, how: rest[0] === 'reset' ? 'reset' : 'hold' }
    },
  },
  heal: {
    form: 'heal [WHO WHO]',
    does: 'ends what cut and slow did, there or everywhere',
    read: words => {
      if (words.length === 0) return { verb: 'heal', from: 'all', to: 'all' }
      const { from, to } = pair(words)
      return { verb: 'heal', from, to }
    },
  },
  slow: {
    form: 'slow WHO WHO [delay=200ms] [jitter=20ms] [loss=30%] [rate=50KB/s]',
    does: 'shapes what passes (both ways; one with ">")',
    read: words => {
      const { rest, ...ends } = pair(words)
      return { verb: 'slow', ...ends, shape: parseShape(rest) }
    },
  },
  fill: { form: 'fill WHO', does: 'its disk is full from now on', read: one('fill') },
  free: { form: 'free WHO', does: 'its disk has room again', read: one('free') },
  skew: {
    form: 'skew WHO +1h',
    does: 'its wall clock jumps, and stays off',
    read: ([who, offset]) =>
      who === undefined ? usage('WHO OFFSET') : { verb: 'skew', who, offsetMs: parseOffset(offset) },
  },
  upgrade: {
    form: 'upgrade WHO to COMMIT',
    does: 'stop, and start what another commit holds (`previous`: see scripts/previous; `current`: this checkout)',
    read: ([who, word, to]) =>
      who === undefined || word !== 'to' || to === undefined ? usage('WHO to COMMIT') : { verb: 'upgrade', who, to },
  },
  workload: {
    form: 'workload NAME',
    does: 'start its applications; waits until all are registered',
    read: named('workload'),
  },
  end: { form: 'end NAME', does: 'all its applications unregister', read: named('end') },
  storm: {
    form: 'storm NAME',
    does: 'every application of it drops its connections and reconnects within the same second',
    read: named('storm'),
  },
  die: { form: 'die NAME COUNT', does: 'as many of its applications end without a word', read: counted('die') },
  unregister: {
    form: 'unregister NAME COUNT',
    does: 'as many of its applications unregister',
    read: counted('unregister'),
  },
  churn: {
    form: 'churn NAME 4/s',
    does: 'from now on so many applications a second are replaced by new ones',
    read: ([name, rate = '']) =>
      name === undefined ? usage('NAME RATE') : { verb: 'churn', name, perSecond: parseRate(rate) },
  },
  attack: {
    form: 'attack poison|stranger WHO',
    does: 'a peer that holds the key and sends garbage and forgeries; a node without the key that insists',
    read: ([kind, who]) => {
      if (who === undefined || (kind !== 'poison' && kind !== 'stranger')) return usage('poison or stranger, and whom')
      return { verb: 'attack', kind, who }
    },
  },
  wait: {
    form: 'wait 10s',
    does: 'lets time pass',
    read: ([text = '']) => {
      const ms = parseDuration(text)
      return ms > HOUR_MS ? usage('at most 1h') : { verb: 'wait', ms }
    },
  },
  settle: {
    form: 'settle 30s',
    does: 'waits until every node shows exactly what its clients registered, at most so long',
    read: ([text = '']) => ({ verb: 'settle', withinMs: parseDuration(text) }),
  },
}

/** Throws a TypeError that quotes the line. */
export function parseStep(line: string): Step {
  const [verb = '', ...words] = line.trim().split(/\s+/)
  const found = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
  if (found === undefined)
    throw new TypeError(`"${line}": no verb "${verb}"; there are ${Object.keys(VERBS).join(', ')}`)
  try {
    return found.read(words)
  } catch (error) {
    throw new TypeError(`"${line}": expected "${found.form}" (${(error as Error).message})`)
  }
}
