/** @import { AirportState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, setPart } from '../dom/parts.js'
import { amount, minutes, percent, shortName } from '../model/format.js'

/**
 * What the map shows, as a table; kept up to date while it is open.
 *
 * @param {() => void} redraw
 * @returns {(airports: ReadonlyMap<string, AirportState>) => void}
 */
export function allAirportsTable(redraw) {
  const details = byId('all', HTMLDetailsElement)
  details.addEventListener('toggle', redraw)
  /** @type {(items: readonly AirportState[]) => void} */
  const rows = keyedList({
    list: byId('all-airports', HTMLElement),
    template: 'all-airport',
    keyOf: ({ code }) => code,
    update: (row, { code, name, arrivals, late, delay }) => {
      setPart(row, 'code', code)
      setPart(row, 'name', shortName(name))
      setPart(row, 'arrivals', amount(arrivals))
      setPart(row, 'late', percent(late, arrivals))
      setPart(row, 'average', arrivals === 0 ? '–' : minutes(delay / arrivals))
    },
  })
  return (airports) => {
    if (details.open) rows([...airports.values()].sort((a, b) => b.arrivals - a.arrivals))
  }
}
