import { setImmediate } from 'node:timers/promises'
import type { Message } from '../message.ts'
import {
  isWithin,
  nextRequest,
  type PageRequest,
  type Remaining,
  remainingAfter,
} from './page-request.ts'

/** How to read page after page: as rows, which become messages when nothing is left to ask for. */
export interface PageReading<Row, M> {
  readonly remaining: Remaining
  /** How many messages a page has at most: `Infinity` for all. */
  readonly batchSize: number
  /** Whether the next page is asked for while the caller is busy with one. */
  readonly prefetch: boolean
  /** Whether the database answers while this process works. */
  readonly isRemote: boolean
  readonly signal: AbortSignal | undefined
  readonly fetch: (request: PageRequest) => Promise<Row[]>
  /** The position that the read goes by. */
  readonly positionOf: (row: Row) => bigint
  readonly decode: (row: Row) => M
}

/**
 * Yields pages, never an empty one. At most one is fetched ahead: its failure is thrown when the
 * caller gets to it, and when the caller leaves before, the fetch is waited for and forgotten. It is
 * under way while the page before it is decoded, which takes as long as the server needs for one.
 */
export async function* readPages<Row, M extends Message>(
  reading: PageReading<Row, M>,
): AsyncGenerator<M[], void, undefined> {
  const { batchSize, prefetch, isRemote, signal, fetch, positionOf, decode } = reading
  let remaining: Remaining | undefined = reading.remaining
  let request = nextRequest(remaining, batchSize)
  let ahead: Promise<Row[]> | undefined
  try {
    while (remaining !== undefined && request !== undefined) {
      signal?.throwIfAborted()
      const fetched: Row[] = await (ahead ?? fetch(request))
      ahead = undefined
      const rows = rowsWithin(remaining, fetched, positionOf)
      const last = rows.at(-1)
      const lastPosition = last === undefined ? undefined : positionOf(last)
      remaining = remainingAfter(remaining, request, { length: rows.length, lastPosition })
      request = remaining === undefined ? undefined : nextRequest(remaining, batchSize)
      if (prefetch && request !== undefined) {
        ahead = fetch(request)
        // Heard here too, so that it is not called unhandled before the caller gets to it.
        ahead.catch(() => undefined)
        // It goes out in a later turn than this one, which decoding would hold up.
        if (isRemote) await setImmediate()
      }
      if (rows.length > 0) yield rows.map(decode)
    }
  } finally {
    // The connection is free again when the caller goes on.
    await ahead?.catch(() => undefined)
  }
}

// Rows are in order: when the last one is within, all are.
function rowsWithin<Row>(
  remaining: Remaining,
  rows: Row[],
  positionOf: (row: Row) => bigint,
): Row[] {
  const last = rows.at(-1)
  if (last === undefined || isWithin(remaining, positionOf(last))) return rows
  return rows.filter((row) => isWithin(remaining, positionOf(row)))
}
