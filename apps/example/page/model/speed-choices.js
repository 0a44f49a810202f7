import { amount } from './format.js'

const speeds = [0, 20, 100, 500, 2_000]

/**
 * The speeds to choose from; one that was set elsewhere is among them while it lasts.
 *
 * @param {number} now
 */
export function speedChoices(now) {
  return [...new Set([...speeds, now])]
    .sort((a, b) => a - b)
    .map((speed) => ({ speed, text: speed === 0 ? 'Hold' : amount(speed), chosen: speed === now }))
}
