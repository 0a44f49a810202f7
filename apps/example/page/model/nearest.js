/**
 * The place that is meant by a point: the nearest one, if its circle is hit or nearly so.
 *
 * @template {{ readonly x: number, readonly y: number, readonly r: number }} Place
 * @param {Iterable<Place>} places
 * @param {{ readonly x: number, readonly y: number }} point
 * @param {number} slack How far beside a circle a pointer may be.
 * @returns {Place | undefined}
 */
export function nearest(places, point, slack) {
  let found
  let least = Infinity
  for (const place of places) {
    const distance = Math.hypot(place.x - point.x, place.y - point.y)
    if (distance > place.r + slack || distance >= least) continue
    found = place
    least = distance
  }
  return found
}
