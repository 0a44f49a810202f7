/**
 * @import { MemberState } from '../../src/live/page-state.ts'
 * @import { Sample } from './history.js'
 *
 * @typedef {{ readonly position: readonly Sample[], readonly lag: readonly Sample[], readonly rate: readonly Sample[] }} MemberHistory
 * @typedef {ReadonlyMap<number, MemberHistory>} Histories By member.
 */
import { withSample } from './history.js'

/** @type {MemberHistory} */
const none = { position: [], lag: [], rate: [] }

/**
 * @param {Histories} histories
 * @param {number} member
 */
export const historiesOf = (histories, member) => histories.get(member) ?? none

/**
 * The histories with what the members say now. Those who are no more are forgotten.
 *
 * @param {Histories} histories
 * @param {readonly MemberState[]} members
 * @param {number} at
 * @returns {Histories}
 */
export function remember(histories, members, at) {
  return new Map(
    members.map(({ member, position, lagMessages, rate }) => {
      const before = historiesOf(histories, member)
      return [
        member,
        {
          position: withSample(before.position, { at, value: Number(position) }),
          lag: withSample(before.lag, { at, value: lagMessages }),
          rate: withSample(before.rate, { at, value: rate }),
        },
      ]
    }),
  )
}
