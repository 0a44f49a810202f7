/** @import { PageState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, setAttribute, setPart, setText } from '../dom/parts.js'
import { amount } from '../model/format.js'
import { agreement, differenceHeading, discardedText, totalRows } from '../model/totals.js'

/**
 * What the file says of the flights that are written, and what the consumers made of them.
 *
 * @returns {(state: PageState) => void}
 */
export function totalsPanel() {
  const badge = byId('agreement', HTMLElement)
  const difference = byId('difference', HTMLElement)
  const discarded = byId('discarded', HTMLElement)
  /** @type {(items: readonly (ReturnType<typeof totalRows>[number])[]) => void} */
  const rows = keyedList({
    list: byId('totals', HTMLElement),
    template: 'total',
    keyOf: ({ what }) => what,
    update: (row, { what, expected, projected }) => {
      setPart(row, 'what', what)
      setPart(row, 'expected', amount(expected))
      setPart(row, 'projected', amount(projected))
      setPart(row, 'difference', expected === projected ? '0' : amount(expected - projected))
    },
  })
  return ({ totals }) => {
    setAttribute(badge, 'data-state', totals.state)
    setText(badge, agreement(totals))
    setText(difference, differenceHeading(totals))
    setText(discarded, discardedText(totals))
    discarded.hidden = totals.discarded.arrivals === 0
    rows(totalRows(totals))
  }
}
