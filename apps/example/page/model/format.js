// Numbers and times as the page writes them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** @param {number | bigint} number */
export const amount = (number) => whole.format(number)

/** @param {number} minutes */
export const minutes = (minutes) => `${tenths.format(minutes)}\u00a0min`

/**
 * @param {number} part
 * @param {number} all
 */
export const percent = (part, all) => (all === 0 ? '–' : `${Math.round((100 * part) / all)} %`)

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return '< 1 s'
  return seconds < 120 ? `${whole.format(seconds)} s` : `${whole.format(seconds / 60)} min`
}

/** @param {number} at Milliseconds since 1970. */
export const clockTime = (at) => time.format(at)

/**
 * @param {number} count
 * @param {string} noun Of which the plural ends in s.
 */
export const counted = (count, noun) => `${amount(count)} ${noun}${count === 1 ? '' : 's'}`

/** Of most airports that end so, no one says it. @param {string} name */
export const shortName = (name) => name.replace(/ (International|Intl)\b/, '')
