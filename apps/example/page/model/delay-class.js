/** @import { AirportState } from '../../src/live/page-state.ts' */

/** The steps of the map's colours, by the average minutes late. Their colours are in style/map.css. */
export const delayClasses = /** @type {const} */ ([
  { name: 'early', below: 0, text: 'early' },
  { name: 'short', below: 5, text: '0–5' },
  { name: 'medium', below: 10, text: '5–10' },
  { name: 'long', below: 15, text: '10–15' },
  { name: 'longest', below: Infinity, text: '15 min or more' },
])

/**
 * @param {Pick<AirportState, 'arrivals' | 'delay'>} airport
 * @returns {'none' | typeof delayClasses[number]['name']}
 */
export function delayClass({ arrivals, delay }) {
  if (arrivals === 0) return 'none'
  return delayClasses.find(({ below }) => delay / arrivals < below)?.name ?? 'longest'
}

/**
 * The area of a circle grows with the arrivals; a place without any is still a dot.
 *
 * @param {number} arrivals
 */
export function radius(arrivals) {
  return Math.round((2 + 0.6 * Math.sqrt(arrivals)) * 10) / 10
}
