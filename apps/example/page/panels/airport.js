/** @import { AirportState, Command } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'
import { amount, minutes, percent } from '../model/format.js'

/**
 * The chosen airport: by a click on the map, or from the list of all.
 *
 * @param {object} options
 * @param {(command: Command) => unknown} options.ask
 * @param {(code: string) => void} options.choose
 */
export function airportPanel({ ask, choose }) {
  const select = byId('airport', HTMLSelectElement)
  const button = byId('break', HTMLButtonElement)
  const note = byId('break-note', HTMLElement)
  const facts = {
    arrivals: byId('airport-arrivals', HTMLElement),
    late: byId('airport-late', HTMLElement),
    average: byId('airport-average', HTMLElement),
  }
  select.addEventListener('change', () => choose(select.value))
  button.addEventListener('click', () =>
    ask({
      command: button.dataset['broken'] === 'true' ? 'mend airport' : 'break airport',
      code: select.value,
    }),
  )
  return {
    /**
     * @param {ReadonlyMap<string, AirportState>} airports
     * @param {string} code The chosen one.
     */
    offer: (airports, code) => {
      if (select.length !== airports.size) select.replaceChildren(...options(airports))
      if (select.value !== code) select.value = code
    },
    /**
     * @param {AirportState | undefined} airport
     * @param {boolean} broken
     */
    update: (airport, broken) => {
      const { arrivals, late, delay } = airport ?? { arrivals: 0, late: 0, delay: 0 }
      setText(facts.arrivals, amount(arrivals))
      setText(facts.late, percent(late, arrivals))
      setText(facts.average, arrivals === 0 ? '–' : minutes(delay / arrivals))
      button.dataset['broken'] = String(broken)
      setText(button, broken ? 'Mend it' : 'Break it')
      setText(
        note,
        broken ? 'Its handler throws.' : 'Its handler will throw, its messages be parked.',
      )
    },
  }
}

/** @param {ReadonlyMap<string, AirportState>} airports */
function options(airports) {
  return [...airports.values()]
    .sort((a, b) => a.code.localeCompare(b.code))
    .map(({ code, name }) => new Option(`${code} – ${name}`, code))
}
