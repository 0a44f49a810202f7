/** @import { ParkedState } from '../../src/live/page-state.ts' */
import { amount, counted } from './format.js'

/** @param {ParkedState} parked */
export const parkedKey = ({ subscriptionId, stream, globalPosition }) =>
  [subscriptionId, stream, globalPosition].join(' ')

/** @param {ParkedState} parked */
export const parkedMessageText = ({ type, globalPosition }) =>
  `${type} at ${amount(BigInt(globalPosition))}`

/** @param {ParkedState} parked */
export const waitingText = ({ attempts, waiting, subscriptionId }) =>
  `${counted(attempts, 'attempt')} by ${subscriptionId}; ${waiting === 0 ? 'none' : amount(waiting)} of its stream wait behind it`
