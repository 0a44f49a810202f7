/** @import { ParkedState } from '../../src/live/page-state.ts' */
import { amount, counted } from './format.js'

/** @param {ParkedState} parked */
export const parkedKey = ({ subscriptionId, stream, globalPosition }) =>
  [subscriptionId, stream, globalPosition].join(' ')

/** @param {ParkedState} parked */
export const parkedMessageText = ({ type, globalPosition }) =>
  `${type} at ${amount(BigInt(globalPosition))}`

/** @param {ParkedState} parked */
export function waitingText({ attempts, waiting, subscriptionId }) {
  const tried = `${counted(attempts, 'attempt')} by ${subscriptionId}`
  if (waiting === 0) return `${tried}; nothing of its stream waits behind it`
  return `${tried}; ${amount(waiting)} of its stream ${waiting === 1 ? 'waits' : 'wait'} behind it`
}
