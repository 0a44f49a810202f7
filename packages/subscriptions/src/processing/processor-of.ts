import type { Message, MessageStore } from '@mdb/core'
import type { TransactionalCheckpointStore } from '../checkpoint-store.ts'
import type { ReadableStore } from '../message-source.ts'
import type { HandlerContext, ResolvedOptions, TransactionContext } from '../options.ts'
import { Quarantine } from '../parking/quarantine.ts'
import { atLeastOnce } from './at-least-once.ts'
import type { Processor, ProcessorContext } from './processor.ts'
import { transactional } from './transactional.ts'
import { type Given, toWork, type Work } from './work.ts'

/** The processor for the mode of checked options. */
export function processorOf<M extends Message>(
  store: ReadableStore,
  options: ResolvedOptions<M>,
  context: ProcessorContext<M>,
): Processor<M> {
  const { transactional: per, isolationLevel, concurrency, checkpoints } = options
  const work = toWork(options)
  if (per === undefined) {
    const mode = { work: work as Work<M, Given<HandlerContext>>, concurrency, checkpoints }
    return atLeastOnce(mode, context)
  }
  const { parking, idleTimeout } = checkpoints as TransactionalCheckpointStore
  return transactional(
    {
      store: store as MessageStore<unknown>,
      work: work as Work<M, Given<TransactionContext<unknown>>>,
      per,
      isolationLevel,
      idleTimeout,
      quarantine: new Quarantine(parking, context.keeper.key),
    },
    context,
  )
}
