import type { Browser } from 'playwright-core'
import { Fleet, type NodeProcess } from '../helpers/process.ts'
import { DESK, type Look, startBrowser, Visitor } from './browser.ts'
import { type Federation, startFederation } from './federation.ts'
import type { Story } from './population.ts'

/** Real nodes and a real browser, for all tests of a file. */
export class Stage {
  readonly fleet = new Fleet()
  #browser: Browser | undefined
  #federation: Federation | undefined
  #visitor: Visitor | undefined
  #story: Story | undefined

  get federation(): Federation {
    if (this.#federation === undefined) throw new Error('no node was started')
    return this.#federation
  }

  get story(): Story {
    if (this.#story === undefined) throw new Error('nothing was registered')
    return this.#story
  }

  /** `fill` registers what there is to see. */
  async start(flags: readonly string[], fill: (federation: Federation) => Promise<Story>): Promise<void> {
    this.#browser = await startBrowser()
    this.#federation = await startFederation(this.fleet, flags)
    this.#story = await fill(this.#federation)
  }

  /** A new page, with nothing of earlier ones. */
  async open(look: Look = DESK, node: NodeProcess = this.federation.one): Promise<Visitor> {
    if (this.#browser === undefined) throw new Error('no browser was started')
    this.#visitor = await Visitor.open(this.#browser, node.url, look)
    return this.#visitor
  }

  /** Closes the page of the last test; fails if anything went wrong in it. */
  async leave(): Promise<void> {
    const visitor = this.#visitor
    this.#visitor = undefined
    await visitor?.close()
  }

  async close(): Promise<void> {
    await this.#browser?.close()
    await this.fleet.close()
  }
}
