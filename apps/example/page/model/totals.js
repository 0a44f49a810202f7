/** @import { TotalsState } from '../../src/live/page-state.ts' */
import { counted } from './format.js'

/** @param {Pick<TotalsState, 'state' | 'outstanding'>} totals */
export function agreement({ state, outstanding }) {
  if (state === 'agree') return 'The totals agree'
  if (state === 'differ') return 'The totals differ'
  if (state === 'unknown') return 'Unknown by now'
  return `${counted(outstanding, 'message')} behind`
}

/** @param {Pick<TotalsState, 'expected' | 'projected'>} totals */
export function totalRows({ expected, projected }) {
  return [
    { what: 'Arrivals', expected: expected.arrivals, projected: projected.arrivals },
    { what: 'Late', expected: expected.late, projected: projected.late },
    { what: 'Minutes', expected: expected.delay, projected: projected.delay },
  ]
}
