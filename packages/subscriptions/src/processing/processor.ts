import type { Message } from '@mdb/core'
import type { CheckpointKeeper } from '../checkpoint-keeper.ts'
import type { EventWithoutId, Operation } from '../observer.ts'

/**
 * Handles the messages of a page, in order, and tells the keeper how far it is. It returns when all
 * are done or when the signal has aborted, and then no handler is in flight and what was not handled
 * comes again. It throws what ends the run.
 */
export interface Processor<M extends Message> {
  process(messages: readonly M[]): Promise<void>
}

/** What every processor needs of the run around it. */
export interface ProcessorContext<M extends Message> {
  readonly subscriptionId: string
  readonly keeper: CheckpointKeeper
  /** Aborts when the run is to end. */
  readonly signal: AbortSignal
  readonly positionOf: (message: M) => bigint
  /** Tries again while the database is away; undefined when the signal aborts first. */
  readonly retry: <T>(
    operation: Operation,
    run: () => Promise<T>,
  ) => Promise<{ readonly value: T } | undefined>
  readonly emit: (event: EventWithoutId) => void
}

export type MakeProcessor<M extends Message> = (context: ProcessorContext<M>) => Processor<M>
