import { expect, test } from 'vitest'
import { violationsOf } from '../support/axe.ts'
import type { Stage } from '../support/stage.ts'
import { focused, walk } from '../support/keyboard.ts'
import { breakAtlanta } from './hands-on.ts'

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

/** Who reads it in the dark, on a phone, by keyboard or by ear. Ends with a message discarded. */
export function accessibleSuite(stage: () => Stage): void {
  test.for([
    { name: 'light', options: { colorScheme: 'light' } },
    { name: 'dark', options: { colorScheme: 'dark' } },
    { name: 'phone', options: { colorScheme: 'light', ...phone } },
  ] as const)('axe finds nothing wrong: $name', async ({ name, options }) => {
    const { open, picture, reader } = stage()
    if ((await reader.shown()).parked.length === 0) await breakAtlanta(stage())
    await using other = await open(options)
    await other.until('a parked message', ({ parked }) => parked.length > 0)
    expect(await violationsOf(other.page)).toEqual([])
    const beyond = await other.page.evaluate(() => document.body.scrollWidth - innerWidth)
    expect(beyond).toBeLessThanOrEqual(0)
    expect(other.complaints).toEqual([])
    await picture(name, other)
  })

  test('the table says what the map shows, and nothing moves for who wants it still', async () => {
    await using other = await stage().open({ reducedMotion: 'reduce' })
    const { page } = other
    const { coloured } = await other.until('a map', ({ coloured }) => coloured > 0)
    await page.getByText('All airports, as a table').click()
    const table = page.getByRole('table', { name: 'All airports' })
    await table.getByRole('row', { name: 'ATL' }).waitFor()
    const arrivals = await table.locator('[data-part=arrivals]').allTextContents()
    const some = arrivals.filter((each) => each !== '0').length
    // Those of Puerto Rico and the Virgin Islands are off the map.
    expect(some - coloured).toBeLessThanOrEqual(4)
    expect(some).toBeGreaterThanOrEqual(coloured)
    const circle = page.locator('#circles circle').first()
    expect(await circle.evaluate((it) => getComputedStyle(it).transitionDuration)).toBe('0s')
  })

  test('the keyboard reaches all there is, in order, and it is seen where it is', async () => {
    await using other = await stage().open({})
    const { page } = other
    await other.until('a parked message', ({ parked }) => parked.length > 0)
    const stops = await walk(page)
    expect(stops.filter(({ visible }) => !visible)).toEqual([])
    expect(stops.map(({ name }) => name)).toEqual([
      'Skip to the controls',
      'Hold',
      'airport',
      'Break it',
      'Pause',
      'size',
      'Resize',
      'Add a process',
      ...stops.map(({ name }) => name).filter((name) => name.startsWith('Kill ')),
      'Mend ATL',
      'replay airport-ATL',
      'discard airport-ATL',
      'events',
      'All airports, as a table',
    ])
    expect(stops.some(({ name }) => name.startsWith('Kill '))).toBe(true)
  })

  test('the link at the top skips to the controls', async () => {
    await using other = await stage().open({})
    await other.page.keyboard.press('Tab')
    await other.page.keyboard.press('Enter')
    await other.page.keyboard.press('Tab')
    expect(await focused(other.page)).toBe('Hold')
    await other.page.keyboard.press('ArrowRight')
    await other.until('20 a second', ({ speed }) => speed === '20')
    await other.page.keyboard.press('ArrowLeft')
    await other.until('a hold', ({ speed }) => speed === 'Hold')
  })

  test('what is discarded is asked for first, and by keyboard kept or let go', async () => {
    const { reader, open } = stage()
    await reader.click('Mend ATL')
    await using other = await open({})
    const { page } = other
    await other.until(
      'one parked message, and nothing broken',
      ({ parked, broken }) => parked.length === 1 && broken.length === 0,
    )
    await page.getByRole('button', { name: 'discard airport-ATL' }).focus()
    await page.keyboard.press('Enter')
    expect(await focused(page)).toBe('Keep it')
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await focused(page)).toBe('discard airport-ATL')
    expect((await other.shown()).parked).toHaveLength(1)

    await page.keyboard.press('Enter')
    // The browser tells that a dialog was closed in the next frame: by then it may be open again.
    await page.evaluate(() => {
      document.querySelector<HTMLDialogElement>('#discard')?.close()
      document.querySelector<HTMLElement>('[aria-label="discard airport-ATL"]')?.click()
    })
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Discard')
    await page.keyboard.press('Enter')
    const { expected, projected } = await other.until(
      'nothing parked, and totals that agree but for it',
      ({ parked, agreement }) =>
        parked.length === 0 && agreement.text === 'Agree, but for 1 discarded',
    )
    expect(expected[0]! - projected[0]!).toBe(1)
    expect(await focused(page)).toBe('parked-heading')
    expect(await violationsOf(page)).toEqual([])
    await stage().picture('discarded', other)
  })
}
