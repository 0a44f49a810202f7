import type { Message } from '../message.ts'
import {
  isWithin,
  nextRequest,
  type PageRequest,
  type Remaining,
  remainingAfter,
} from './page-request.ts'

/** How to read page after page. */
export interface PageReading<M> {
  readonly remaining: Remaining
  /** How many messages a page has at most: `Infinity` for all. */
  readonly batchSize: number
  /** Whether the next page is asked for while the caller is busy with one. */
  readonly prefetch: boolean
  readonly signal: AbortSignal | undefined
  readonly fetch: (request: PageRequest) => Promise<M[]>
  /** The position that the read goes by. */
  readonly positionOf: (message: M) => bigint
}

/**
 * Yields pages, never an empty one. At most one is fetched ahead: its failure is thrown when the
 * caller gets to it, and when the caller leaves before, the fetch is waited for and forgotten.
 */
export async function* readPages<M extends Message>(
  reading: PageReading<M>,
): AsyncGenerator<M[], void, undefined> {
  const { batchSize, prefetch, signal, fetch, positionOf } = reading
  let remaining: Remaining | undefined = reading.remaining
  let request = nextRequest(remaining, batchSize)
  let ahead: Promise<M[]> | undefined
  try {
    while (remaining !== undefined && request !== undefined) {
      signal?.throwIfAborted()
      const fetched: M[] = await (ahead ?? fetch(request))
      ahead = undefined
      const within: Remaining = remaining
      const page = fetched.filter((message) => isWithin(within, positionOf(message)))
      const last = page.at(-1)
      const lastPosition = last === undefined ? undefined : positionOf(last)
      remaining = remainingAfter(remaining, request, { length: page.length, lastPosition })
      request = remaining === undefined ? undefined : nextRequest(remaining, batchSize)
      if (prefetch && request !== undefined) {
        ahead = fetch(request)
        // Heard here too, so that it is not called unhandled before the caller gets to it.
        ahead.catch(() => undefined)
      }
      if (page.length > 0) yield page
    }
  } finally {
    // The connection is free again when the caller goes on.
    await ahead?.catch(() => undefined)
  }
}

/** Yields the messages of pages, and stops between two of them when the signal is aborted. */
export async function* readMessages<M>(
  pages: AsyncIterable<readonly M[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<M, void, undefined> {
  for await (const page of pages) {
    for (const message of page) {
      signal?.throwIfAborted()
      yield message
    }
  }
}
