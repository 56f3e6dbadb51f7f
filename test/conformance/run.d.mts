export interface Step {
  readonly name: string
}

export interface Scenario {
  readonly name: string
  readonly description: string
  readonly config?: string
  readonly slow?: boolean
  /** Counts what others in the same process would disturb. */
  readonly serial?: boolean
  readonly steps: readonly Step[]
}

export interface Difference {
  readonly path: string
  readonly expected: unknown
  readonly got: unknown
}

export interface Options {
  readonly noPause?: boolean
  readonly atOnce?: boolean
  readonly strictDetail?: boolean
  readonly vars?: Readonly<Record<string, string>>
}

export function runScenario(
  scenario: Scenario,
  bases: string | readonly string[],
  options: Options,
): Promise<{ readonly step: string; readonly diffs: readonly Difference[] }[]>
