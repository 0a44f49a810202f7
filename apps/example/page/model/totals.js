/** @import { TotalsState } from '../../src/live/page-state.ts' */
import { amount, counted } from './format.js'

/** @param {Pick<TotalsState, 'state' | 'outstanding' | 'discarded'>} totals */
export function agreement({ state, outstanding, discarded: { arrivals } }) {
  if (state === 'agree') {
    return arrivals === 0 ? 'The totals agree' : `Agree, but for ${amount(arrivals)} discarded`
  }
  if (state === 'differ') return 'The totals differ'
  if (state === 'unknown') return 'Unknown by now'
  return `${counted(outstanding, 'message')} behind`
}

/** @param {Pick<TotalsState, 'discarded'>} totals */
export function discardedText({ discarded: { arrivals } }) {
  if (arrivals === 0) return ''
  return `${counted(arrivals, 'message')} discarded: never handled, and so missing.`
}

/**
 * What the last column holds: nothing of it comes when no message is outstanding.
 *
 * @param {Pick<TotalsState, 'expected' | 'projected' | 'outstanding'>} totals
 */
export function differenceHeading({ expected, projected, outstanding }) {
  return outstanding > 0 || expected.arrivals === projected.arrivals ? 'to come' : 'missing'
}

/** @param {Pick<TotalsState, 'expected' | 'projected'>} totals */
export function totalRows({ expected, projected }) {
  return [
    { what: 'Arrivals', expected: expected.arrivals, projected: projected.arrivals },
    { what: 'Late', expected: expected.late, projected: projected.late },
    { what: 'Minutes', expected: expected.delay, projected: projected.delay },
  ]
}
