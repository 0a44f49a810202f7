/** @import { AirportState } from '../../src/live/page-state.ts' */
import { counted, minutes } from './format.js'

/** @param {AirportState} airport */
export function airportLine({ code, name, arrivals, delay }) {
  const average = arrivals === 0 ? '' : `, ${minutes(delay / arrivals)} on average`
  return `${code} ${name}: ${counted(arrivals, 'arrival')}${average}`
}
