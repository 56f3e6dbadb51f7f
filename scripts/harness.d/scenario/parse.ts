/** YAML → Scenario. Every mistake is one sentence that names the field. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Fields } from './fields.ts'
import type { Scenario, ScenarioStep, WorkloadSpec } from './scenario.ts'
import { NODES_PER_CLUSTER_MAX, type Topology } from './topology.ts'
import { parseDuration, parseRate, parseRatio, parseSize } from './units.ts'
import { parseStep } from './verbs.ts'

const NODES_MAX = 64
const APPLICATIONS_MAX = 100_000
/** Requests of this kind may have 2 KB. */
const PAYLOAD_BYTES_MAX = 1_500
const BURST_MAX = 1_000
const STEPS_MAX = 1_000

/** Throws an Error with the file's name. */
export function readScenario(file: string): Scenario {
  try {
    return parseScenario(parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

export function parseScenario(value: unknown): Scenario {
  const fields = new Fields('', value)
  const clusters = parseClusters(fields)
  const scenario: Scenario = {
    name: fields.text('name'),
    about: fields.text('about'),
    alone: fields.flag('alone', false),
    clusters,
    topology: fields.optional('topology', 'full', parseTopology),
    meshKey: fields.flag('meshKey', false),
    flags: fields.texts('flags', []),
    diskless: fields.flag('diskless', false),
    diskBytes: fields.maybe('disk', parseSize),
    build: fields.optional('build', 'current', text => text),
    observeMs: fields.optional('observe', '250ms', parseDuration),
    watch: fields.flag('watch', true),
    workloads: fields.children('workloads').map(each => parseWorkload(each, Object.keys(clusters))),
    steps: parseSteps(fields.list('steps')),
    exceptions: fields.list('exceptions', []).map(each => Number(each)),
    expect: fields.numbers('expect'),
  }
  fields.end()
  checkNames(scenario)
  return scenario
}

function parseClusters(fields: Fields): Readonly<Record<string, number>> {
  const clusters = fields.numbers('clusters')
  const counts = Object.entries(clusters)
  for (const [name, count] of counts) {
    if (!/^[a-z][a-z0-9]*$/.test(name) || name === 'all')
      throw new Error(`clusters.${name}: small letters and digits, not "all"`)
    if (!Number.isInteger(count) || count < 1 || count > NODES_PER_CLUSTER_MAX) {
      throw new Error(`clusters.${name}: 1 to ${NODES_PER_CLUSTER_MAX} nodes`)
    }
  }
  const nodes = counts.reduce((sum, [, count]) => sum + count, 0)
  if (nodes < 1 || nodes > NODES_MAX) throw new Error(`clusters: 1 to ${NODES_MAX} nodes in all`)
  return clusters
}

function parseTopology(text: string): Topology {
  const [kind, degree] = text.split(' ')
  if (kind === 'degree') {
    const links = Number(degree)
    if (!Number.isInteger(links) || links < 2 || links % 2 !== 0) throw new TypeError('"degree" and an even number')
    return { kind, degree: links }
  }
  if (kind === 'full' || kind === 'line' || kind === 'star' || kind === 'regions') return { kind }
  throw new TypeError('full, line, star, regions or "degree N"')
}

function parseWorkload(fields: Fields, clusters: readonly string[]): WorkloadSpec {
  const spec: WorkloadSpec = {
    name: fields.key,
    applications: fields.count('applications', 20, APPLICATIONS_MAX),
    services: fields.count('services', 4, APPLICATIONS_MAX),
    homes: fields.texts('homes', clusters),
    intervalMs: fields.optional('interval', '2s', parseDuration),
    times: fields.count('times', 3, 1_000),
    churnPerSecond: fields.optional('churn', '0/s', parseRate),
    unregisterRatio: fields.optional('unregister', '50%', parseRatio),
    updatesPerSecond: fields.optional('updates', '0/s', parseRate),
    payloadBytes: fields.optional('payload', '0B', parseSize),
    moveRatio: fields.optional('moves', '0%', parseRatio),
    consumers: fields.count('consumers', 0, APPLICATIONS_MAX),
    findMs: fields.optional('find', '2s', parseDuration),
    startPerSecond: fields.optional('start', '50/s', parseRate),
    burst: fields.count('burst', 1, BURST_MAX),
  }
  fields.end()
  const unknown = spec.homes.find(home => !clusters.includes(home))
  if (unknown !== undefined) throw new Error(`workloads.${spec.name}.homes: there is no cluster ${unknown}`)
  if (spec.burst < 1) throw new Error(`workloads.${spec.name}.burst: at least 1`)
  if (spec.payloadBytes > PAYLOAD_BYTES_MAX)
    throw new Error(`workloads.${spec.name}.payload: at most ${PAYLOAD_BYTES_MAX} bytes`)
  if (spec.times < 3) throw new Error(`workloads.${spec.name}.times: at least 3, which nodes raise it to`)
  if (spec.intervalMs < 1_000 || spec.intervalMs % 1_000 !== 0) {
    throw new Error(`workloads.${spec.name}.interval: whole seconds, at least 1s`)
  }
  return spec
}

function parseSteps(list: readonly unknown[]): readonly ScenarioStep[] {
  const steps = list.flatMap((each): readonly ScenarioStep[] => {
    if (typeof each === 'string') return [{ text: each, step: parseStep(each) }]
    const fields = new Fields('steps.', each)
    const times = fields.count('repeat', 1, STEPS_MAX)
    const repeated = parseSteps(fields.list('steps'))
    fields.end()
    return Array.from({ length: times }, () => repeated).flat()
  })
  if (steps.length > STEPS_MAX) throw new Error(`steps: at most ${STEPS_MAX}`)
  return steps
}

/** A name that a step gets wrong is found before anything runs. */
function checkNames({ clusters, workloads, steps }: Scenario): void {
  const places = Object.entries(clusters).flatMap(([cluster, count]) => [
    cluster,
    ...Array.from({ length: count }, (_, i) => `${cluster}-${String.fromCharCode(97 + i)}`),
  ])
  for (const { text, step } of steps) {
    const named = [...('who' in step ? [step.who] : []), ...('from' in step ? [step.from, step.to] : [])].filter(
      name => name !== 'all' && !places.includes(name),
    )
    if (named.length > 0) throw new Error(`steps: "${text}": there is no ${named[0]}`)
    if ('name' in step && !workloads.some(({ name }) => name === step.name)) {
      throw new Error(`steps: "${text}": there is no workload ${step.name}`)
    }
  }
}
