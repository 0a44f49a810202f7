/** @import { Command, PageState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, part, setAttribute, setPart } from '../dom/parts.js'

/**
 * The airports whose handler throws.
 *
 * @param {(command: Command) => unknown} ask
 * @returns {(state: PageState) => void}
 */
export function brokenPanel(ask) {
  const list = byId('broken', HTMLElement)
  /** @type {(items: readonly string[]) => void} */
  const rows = keyedList({
    list,
    template: 'broken-airport',
    keyOf: (code) => code,
    add: (row, code) => {
      part(row, 'mend', HTMLButtonElement).addEventListener('click', () =>
        ask({ command: 'mend airport', code }),
      )
    },
    update: (row, code) => {
      setPart(row, 'text', `${code} is broken`)
      setAttribute(part(row, 'mend', HTMLButtonElement), 'aria-label', `Mend ${code}`)
    },
  })
  return ({ broken }) => {
    list.hidden = broken.length === 0
    rows(broken)
  }
}
