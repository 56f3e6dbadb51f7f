import Mocha from 'mocha'

/** What the runner is told when a run has ended. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  /** Titles of tests that were not run. */
  readonly skipped: readonly string[]
}

/** Tests under one outermost title. */
interface Group {
  readonly title: string
  ms: number
  passed: number
  failed: number
}

/** A line per outermost title, every failure in full, and the tally as a message to the process that started mocha. */
export default class Reporter extends Mocha.reporters.Base {
  readonly #skipped: string[] = []
  #passed = 0
  #group: Group | undefined

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    runner.on('pass', test => {
      this.#passed += 1
      this.#count(test, 'passed')
    })
    runner.on('fail', test => this.#count(test, 'failed'))
    runner.on('pending', test => this.#skipped.push(test.fullTitle()))
    runner.once('end', () => this.#end())
  }

  #count(test: Mocha.Test, outcome: 'passed' | 'failed'): void {
    const title = test.titlePath()[0] ?? test.title
    if (this.#group?.title !== title) this.#closeGroup()
    this.#group ??= { title, ms: 0, passed: 0, failed: 0 }
    this.#group.ms += test.duration ?? 0
    this.#group[outcome] += 1
  }

  #closeGroup(): void {
    if (this.#group === undefined) return
    const { title, ms, passed, failed } = this.#group
    const seconds = (ms / 1000).toFixed(1)
    console.log(
      `${failed > 0 ? '✘' : '✔'} ${title}: ${passed} passed${failed > 0 ? `, ${failed} failed` : ''} (${seconds} s)`,
    )
    this.#group = undefined
  }

  #end(): void {
    this.#closeGroup()
    if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures)
    const tally: Tally = { passed: this.#passed, failed: this.failures.length, skipped: this.#skipped }
    process.send?.(tally)
  }
}
