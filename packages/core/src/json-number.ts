/**
 * Makes a JSON number of a position, as Eventide writes it. Beyond 2^53 it stays a bigint, because
 * a number would be another position: a codec may write it, and plain JSON refuses it.
 */
export function toJsonNumber(position: bigint): number | bigint {
  const number = Number(position)
  return Number.isSafeInteger(number) ? number : position
}
