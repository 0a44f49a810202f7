import type { Message } from '@mdb/core'
import type { Handler } from './options.ts'
import { gaveUp } from './processing/gave-up.ts'

export interface DispatchContext<M extends Message> {
  readonly handler: Handler<M>
  readonly signal: AbortSignal
  /** Called after each message that was handled, before the next one is. */
  readonly onHandled: (message: M) => Promise<void>
  /** Makes the error to throw of what the handler threw. */
  readonly toError: (message: M, cause: unknown) => Error
}

/**
 * Hands messages to the handler one by one, in order. Once the signal aborts, the handler in flight
 * finishes and the rest is left.
 */
export async function dispatch<M extends Message>(
  messages: readonly M[],
  { handler, signal, onHandled, toError }: DispatchContext<M>,
): Promise<void> {
  for (const message of messages) {
    if (signal.aborted) return
    try {
      await handler(message, { signal })
    } catch (error) {
      if (gaveUp(error, signal)) return
      throw toError(message, error)
    }
    await onHandled(message)
  }
}
