/** @import { MemberState } from '../../src/live/page-state.ts' */
import { amount, duration } from './format.js'

/** @type {Record<MemberState['state'], string>} */
export const memberStates = {
  live: 'live',
  behind: 'behind',
  paused: 'paused',
  unclaimed: 'unclaimed',
  unknown: 'unknown',
}

/** @param {string | undefined} owner */
export const ownerText = (owner) => `Leased by ${owner ?? 'no one'}`

/** @param {string} position */
export const positionText = (position) => amount(BigInt(position))

/** @param {Pick<MemberState, 'lagMessages' | 'lagSeconds'>} member */
export const lagText = ({ lagMessages, lagSeconds }) =>
  lagMessages === 0 ? 'none' : `${amount(lagMessages)} (${duration(lagSeconds)})`

/** At the top of a plot. @param {number} most */
export const mostText = (most) => amount(most)

/** @param {number} rate */
export const rateText = (rate) => `${amount(rate)} a second`
