import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Starts nothing of its own: no look for updates, no hosts of its maker. */
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Chromium's own sandbox does not start for root, as which CI runs; the pages are ours.
    args: process.getuid?.() === 0 ? [...ARGUMENTS, '--no-sandbox'] : ARGUMENTS,
  })

export interface Look {
  readonly width: number
  readonly height: number
  readonly colors: 'light' | 'dark'
}

export const DESK: Look = { width: 1280, height: 800, colors: 'light' }
export const NIGHT: Look = { ...DESK, colors: 'dark' }
export const NARROW: Look = { width: 1024, height: 768, colors: 'light' }
export const PHONE: Look = { width: 390, height: 800, colors: 'dark' }

interface Finding {
  readonly id: string
  readonly impact: string | null
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** Somebody in front of a browser. Whatever goes wrong in it is kept until it is asked for. */
export class Visitor {
  readonly page: Page
  readonly url: string
  readonly #context: BrowserContext
  readonly #wrong: string[] = []
  readonly #requests = new Set<string>()

  static async open(browser: Browser, url: string, look: Look = DESK): Promise<Visitor> {
    const { width, height, colors } = look
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: colors,
      reducedMotion: 'reduce',
    })
    await context.grantPermissions(['clipboard-write'], { origin: url })
    return new Visitor(context, await context.newPage(), url)
  }

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context
    this.page = page
    this.url = url
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#wrong.push(`${message.type()}: ${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', error => this.#wrong.push(`error: ${error.stack ?? error.message}`))
    page.on('request', request => this.#requests.add(request.url()))
  }

  /** Goes to an address of the dashboard, such as `services`. */
  async go(address: string): Promise<void> {
    await this.page.goto(`${this.url}/ui#/${address}`)
  }

  async sees(text: string | RegExp, timeout = 10_000): Promise<void> {
    await this.page.getByText(text).first().waitFor({ timeout })
  }

  async seesNot(text: string | RegExp, timeout = 10_000): Promise<void> {
    await this.page.getByText(text).first().waitFor({ state: 'hidden', timeout })
  }

  /** Lets the page look anew, as when its tab comes to the front, and waits until it shows what the node says. */
  async asksAgain(path: string): Promise<void> {
    const answered = this.page.waitForResponse(response => response.url().includes(path), { timeout: 20_000 })
    await this.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await answered
    await this.page.evaluate(() => new Promise(requestAnimationFrame))
  }

  /** The heading of the view that is shown. */
  async reads(heading: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor({ timeout: 10_000 })
  }

  /** What axe finds that keeps people out. `rules`: only by these, instead of by all. */
  async obstacles(rules?: readonly string[]): Promise<readonly string[]> {
    await this.page.evaluate(AXE)
    const found = await this.page.evaluate(async only => {
      const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Finding[] }> } }
      return (await axe.run(only === undefined ? {} : { runOnly: only })).violations
    }, rules)
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`)
  }

  /** The page is as wide as the window: only parts of it scroll sideways. */
  async overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  }

  async picture(name: string): Promise<void> {
    const { UI_PICTURES = '' } = process.env
    if (UI_PICTURES !== '')
      await this.page.screenshot({ path: join(UI_PICTURES, `${name}.png`), animations: 'disabled' })
  }

  /** Closes the page, and fails if anything went wrong in it that was not expected. */
  async close(expected: readonly RegExp[] = []): Promise<void> {
    await this.#context.close()
    const wrong = this.#wrong.splice(0).filter(text => !expected.some(pattern => pattern.test(text)))
    assert.deepEqual(wrong, [], 'the console is clean')
    const foreign = [...this.#requests].filter(url => !url.startsWith(`${this.url}/`))
    assert.deepEqual(foreign, [], 'nothing but the node is asked')
    assert.ok(this.#requests.size > 0)
  }
}
