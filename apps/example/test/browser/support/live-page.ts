import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Speed } from './backends.ts'
import { collectComplaints } from './complaints.ts'
import { succeeds } from './succeeds.ts'
import { readShown, type Shown } from './read-shown.ts'

/** The page in a browser: what a reader sees of it, and does with it. */
export interface LivePage extends AsyncDisposable {
  readonly page: Page
  readonly complaints: string[]
  shown(): Promise<Shown>
  /** Waits until the page shows what is said; fails with what it shows instead. */
  until(what: string, holds: (shown: Shown) => boolean): Promise<Shown>
  click(name: string | RegExp): Promise<void>
  speed(name: Speed): Promise<void>
}

const patience = 60_000

export async function openLivePage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<LivePage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
  const complaints = collectComplaints(page, new URL(url).origin)
  await load(page, url)

  const shown = (): Promise<Shown> => page.evaluate(readShown)
  const until: LivePage['until'] = async (what, holds) => {
    const deadline = performance.now() + patience
    for (;;) {
      const now = await shown()
      if (holds(now)) return now
      if (performance.now() > deadline) {
        throw new Error(`The page never showed ${what}, but ${JSON.stringify(now, undefined, 1)}`)
      }
      // The page draws at most once a frame.
      await page.evaluate(() => new Promise(requestAnimationFrame))
    }
  }
  return {
    page,
    complaints,
    shown,
    until,
    click: (name) => page.getByRole('button', { name, exact: typeof name === 'string' }).click(),
    speed: async (name) => {
      await page.getByRole('radio', { name, exact: true }).check()
      await until(`the speed ${name}`, ({ speed }) => speed === name)
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** The modules may have to be asked for again, where the machine's network changes meanwhile. */
async function load(page: Page, url: string): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await page.goto(url)
    const open = page.waitForSelector('body[data-connection=open]', { timeout: 5_000 })
    if (await succeeds(open)) return
  }
  throw new Error(`The page at ${url} did not connect`)
}
