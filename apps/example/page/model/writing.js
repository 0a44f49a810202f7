/** @import { PageState } from '../../src/live/page-state.ts' */
import { amount } from './format.js'

/** @param {Pick<PageState['flights'], 'inFile' | 'written'>} flights */
export const isAllWritten = ({ inFile, written }) => written >= inFile

/**
 * What comes of the chosen speed: the machine may not reach it.
 *
 * @param {PageState['flights']} flights
 */
export function writingText(flights) {
  if (isAllWritten(flights)) {
    return 'All written. To begin anew, start it with --reset, or on an empty database.'
  }
  if (flights.speed === 0 && flights.rate === 0) return 'Held'
  return `Writing ${amount(flights.rate)} a second`
}
