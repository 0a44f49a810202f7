import type { Message } from '@mdb/core'
import type { CheckpointKeeper } from '../checkpoint-keeper.ts'
import type { Clock } from '../clock.ts'
import type { FailurePolicy } from '../failure/verdict.ts'
import type { EventWithoutId, Operation } from '../observer.ts'

/**
 * Handles the messages of a page, in order, and tells the keeper how far it is. It returns when all
 * are done or when the signal has aborted, and then no handler is in flight and what was not handled
 * comes again. It throws what ends the run. The place after the page is saved by who calls it.
 */
export interface Processor<M extends Message> {
  /** Called once the checkpoint is claimed. False when the run is to end. */
  start(): Promise<boolean>
  process(messages: readonly M[]): Promise<void>
}

/** What every processor needs of the run around it. */
export interface ProcessorContext<M extends Message> {
  readonly subscriptionId: string
  readonly keeper: CheckpointKeeper
  readonly policy: FailurePolicy
  readonly clock: Clock
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
