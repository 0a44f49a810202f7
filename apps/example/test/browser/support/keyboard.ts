import type { Page } from 'playwright-core'

/** A place where the Tab key stops, by its label, text or id; and whether one sees that it does. */
export interface Stop {
  readonly name: string
  readonly visible: boolean
}

/** Presses Tab from the top of the page to its end. */
export async function walk(page: Page): Promise<Stop[]> {
  const stops: Stop[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(readFocus)
    if (stop === undefined) return stops
    stops.push(stop)
  }
}

export async function focused(page: Page): Promise<string | undefined> {
  return (await page.evaluate(readFocus))?.name
}

/** Runs within the page, and so uses nothing from outside itself. */
function readFocus(): Stop | undefined {
  const focus = document.activeElement
  if (!(focus instanceof HTMLElement) || focus === document.body) return undefined
  const label = focus.closest('label') ?? undefined
  const says = focus.matches('a, button, summary') ? focus.textContent : label?.textContent
  const name = focus.getAttribute('aria-label') || says?.trim() || focus.id || focus.tagName
  const outlined = getComputedStyle(label ?? focus)
  return { name, visible: outlined.outlineStyle !== 'none' && outlined.outlineWidth !== '0px' }
}
