import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { violationsOf } from './support/axe.ts'
import { findChromium, launchChromium } from './support/chromium.ts'
import { collectComplaints } from './support/complaints.ts'
import { walk } from './support/keyboard.ts'

const chromium = await findChromium()
const origin = 'http://127.0.0.1:9'

// The suites of the page say that nothing is wrong. Here something is.
describe.runIf(chromium !== undefined)('on a bad page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium(chromium ?? '')
  })
  afterAll(() => browser.close())

  test('axe finds what is wrong', async () => {
    await using page = await browser.newPage()
    await page.setContent('<html><body style="color:#aaa;background:#fff">grey<button></button>')
    const violations = await violationsOf(page)
    for (const id of ['button-name', 'color-contrast', 'document-title', 'html-has-lang']) {
      expect(violations.join('\n')).toContain(`${id}:`)
    }
  })

  test('complaints are heard', async () => {
    await using page = await browser.newPage()
    await page.route('**/*', (route) =>
      route.request().url() === `${origin}/`
        ? route.fulfill({ contentType: 'text/html', body: '<img src="http://127.0.0.2:9/x.png">' })
        : route.fulfill({ status: 404 }),
    )
    const complaints = collectComplaints(page, origin)
    const thrown = page.waitForEvent('pageerror')
    await page.goto(`${origin}/`)
    await page.evaluate(() => {
      console.error('out loud')
      setTimeout(() => {
        throw new Error('thrown')
      })
    })
    await thrown
    const all = complaints.join('\n')
    expect(all).toContain('asked for http://127.0.0.2:9/x.png')
    expect(all).toContain('was answered 404')
    expect(all).toContain('said error: out loud')
    expect(all).toContain('threw Error: thrown')
  })

  test('a focus that is not seen is noticed', async () => {
    await using page = await browser.newPage()
    await page.setContent('<button>seen</button><button style="outline:none">unseen</button>')
    expect(await walk(page)).toEqual([
      { name: 'seen', visible: true },
      { name: 'unseen', visible: false },
    ])
  })
})
