/**
 * @typedef {object} Sample
 * @property {number} at Milliseconds.
 * @property {number} value
 */

/** What a plot shows. */
export const span = 60_000

/**
 * The samples with one more, without those that are older than the plot; the newest of those stays,
 * as the line comes from there.
 *
 * @param {readonly Sample[]} samples
 * @param {Sample} sample
 * @returns {Sample[]}
 */
export function withSample(samples, sample) {
  const firstShown = samples.findIndex(({ at }) => at >= sample.at - span)
  const kept = firstShown === -1 ? samples.slice(-1) : samples.slice(Math.max(0, firstShown - 1))
  return [...kept, sample]
}

/**
 * The values from the bottom of a plot to its top: of a small range, so that little looks like little.
 *
 * @param {readonly Sample[]} samples
 * @param {{ least: number, range: number }} bounds The least value, and how far above it the top is at least.
 */
export const mostOf = (samples, { least, range }) =>
  Math.max(least + range, ...samples.map(({ value }) => value))

/**
 * The `d` of a line through the samples: the last minute from left to right, from `least` to the most
 * from the bottom to the top, and on to now at the height of the last.
 *
 * @param {readonly Sample[]} samples
 * @param {{ now: number, width: number, height: number, least: number, range: number }} plot
 * @returns {string}
 */
export function linePath(samples, { now, width, height, least, range }) {
  const last = samples.at(-1)
  if (last === undefined) return ''
  const most = mostOf(samples, { least, range })
  const points = [...samples, { at: now, value: last.value }].map(({ at, value }) => {
    const x = width * Math.max(0, 1 - (now - at) / span)
    const y = height - ((height - 2) * (value - least)) / (most - least)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  })
  return `M${points.join('L')}`
}

/**
 * What lies below a line of `linePath`, as a `d` of its own.
 *
 * @param {string} line
 * @param {{ width: number, height: number }} plot
 */
export function areaPath(line, { width, height }) {
  if (line === '') return ''
  const start = line.slice(1, line.indexOf(' '))
  return `${line}L${width.toFixed(1)} ${height}L${start} ${height}Z`
}
