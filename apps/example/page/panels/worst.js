/** @import { PageState, WorstAirport } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, setPart } from '../dom/parts.js'
import { amount, minutes, percent, shortName } from '../model/format.js'

/**
 * The table of the custom query.
 *
 * @returns {(state: PageState) => void}
 */
export function worstTable() {
  /** @type {(items: readonly WorstAirport[]) => void} */
  const rows = keyedList({
    list: byId('worst', HTMLElement),
    template: 'worst-airport',
    keyOf: ({ code }) => code,
    update: (row, { code, name, state, arrivals, late, averageDelay, alerts }) => {
      setPart(row, 'code', code)
      setPart(row, 'name', `${shortName(name)}, ${state}`)
      setPart(row, 'arrivals', amount(arrivals))
      setPart(row, 'late', percent(late, arrivals))
      setPart(row, 'average', minutes(averageDelay))
      setPart(row, 'alerts', amount(alerts))
    },
  })
  return ({ worst }) => rows(worst)
}
