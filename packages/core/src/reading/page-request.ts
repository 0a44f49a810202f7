/** Which way a read goes: from the oldest message on, or from the newest back. */
export type Direction = 'forward' | 'backward'

/** What is left to read. */
export interface Remaining {
  readonly direction: Direction
  /** The first position to read, inclusive. */
  readonly position: bigint
  /** The last position to read, inclusive. */
  readonly until: bigint
  /** How many messages to read at most: `Infinity` for all. */
  readonly limit: number
}

/** One page to ask for. */
export interface PageRequest {
  readonly position: bigint
  readonly until: bigint
  /** How many messages would fill it: `Infinity` for all. */
  readonly size: number
}

/** The next page to ask for, `undefined` when nothing is left. */
export function nextRequest(remaining: Remaining, batchSize: number): PageRequest | undefined {
  const { direction, position, until, limit } = remaining
  const distance = direction === 'forward' ? until - position : position - until
  if (distance < 0n || limit < 1) return undefined
  // Positions are whole and differ: there are no more messages than positions.
  const positions = distance < Number.MAX_SAFE_INTEGER ? Number(distance) + 1 : Infinity
  return { position, until, size: Math.min(batchSize, limit, positions) }
}

/** Whether a message is not yet past the last one to read. */
export function isWithin({ direction, until }: Remaining, position: bigint): boolean {
  return direction === 'forward' ? position <= until : position >= until
}

/**
 * What is left after a page, `undefined` when it was the last: a page that is not full ends the
 * read, because there was nothing more when it was taken.
 */
export function remainingAfter(
  remaining: Remaining,
  request: PageRequest,
  page: { readonly length: number; readonly lastPosition: bigint | undefined },
): Remaining | undefined {
  const { length, lastPosition } = page
  if (lastPosition === undefined || length < request.size) return undefined
  const position = remaining.direction === 'forward' ? lastPosition + 1n : lastPosition - 1n
  return { ...remaining, position, limit: remaining.limit - length }
}
