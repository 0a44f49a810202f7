import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { chromium, type Browser } from 'playwright-core'
import { succeeds } from './succeeds.ts'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The machine's own browser, or the one that MDB_CHROMIUM names; none is downloaded. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env['MDB_CHROMIUM']
  for (const place of named === undefined ? places : [named]) {
    if (await succeeds(access(place, constants.X_OK))) return place
  }
  return undefined
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // It must reach for nothing but the page, and run as root in a container.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
