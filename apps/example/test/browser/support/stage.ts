import { mkdir } from 'node:fs/promises'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { readFlights } from '../../../src/flights.ts'
import { asInFile } from './as-in-file.ts'
import type { Backend } from './backends.ts'
import { launchChromium } from './chromium.ts'
import { openLivePage, type LivePage } from './live-page.ts'
import { startLive } from './start-live.ts'

/** Where a person can look at them; MDB_SCREENSHOTS names another folder. */
const screenshots = process.env['MDB_SCREENSHOTS'] ?? `${import.meta.dirname}/../../../screenshots`

/** The example on a backend, and a reader of its page, as the suites find them. */
export interface Stage extends AsyncDisposable {
  readonly name: Backend['name']
  readonly speeds: Backend['speeds']
  readonly reader: LivePage
  /** Another reader of the same page. */
  open(options: BrowserContextOptions): Promise<LivePage>
  /** Holds the replay, and waits for the totals of the page to be those that the file gives here. */
  expectAgreement(): Promise<void>
  picture(name: string, reader?: LivePage): Promise<void>
  /** Ends the server and all of it without a goodbye, and starts it again at the same address. */
  restart(between: () => Promise<void>): Promise<void>
}

export async function setStage({ name, speeds, place }: Backend, chromium: string): Promise<Stage> {
  await mkdir(screenshots, { recursive: true })
  const flights = await readFlights()
  // Ends all of it, also where not all of it starts.
  await using stack = new AsyncDisposableStack()
  const data = stack.use(await place())
  let live = await startLive(data)
  stack.defer(() => live[Symbol.asyncDispose]())
  const browser: Browser = stack.use(await launchChromium(chromium))
  const { url } = live
  const reader = await openLivePage(browser, url)
  const all = stack.move()
  const end = (): Promise<void> => all.disposeAsync()
  return {
    name,
    speeds,
    reader,
    open: (options) => openLivePage(browser, url, options),
    expectAgreement: async () => {
      await reader.speed('Hold')
      await reader.until(
        'totals as in the file',
        (shown) => shown.agreement.state === 'agree' && asInFile(shown, flights),
      )
    },
    picture: async (picture, { page } = reader) => {
      await page.screenshot({ path: `${screenshots}/${name}-${picture}.png`, fullPage: true })
    },
    restart: async (between) => {
      await live.kill()
      await between()
      live = await startLive({ ...data, port: Number(new URL(url).port) })
    },
    [Symbol.asyncDispose]: end,
  }
}
