import type { Message, MessageStore } from '@mdb/core'
import type { ReadableStore } from '../message-source.ts'
import type { Handler, ResolvedOptions, TransactionalHandler } from '../options.ts'
import { atLeastOnce } from './at-least-once.ts'
import type { Processor, ProcessorContext } from './processor.ts'
import { transactional } from './transactional.ts'

/** The processor for the mode of checked options. */
export function processorOf<M extends Message>(
  store: ReadableStore,
  { handler, transactional: per, isolationLevel }: ResolvedOptions<M>,
  context: ProcessorContext<M>,
): Processor<M> {
  if (per === undefined) return atLeastOnce(handler as Handler<M>, context)
  return transactional(
    {
      store: store as MessageStore<unknown>,
      handler: handler as TransactionalHandler<M>,
      per,
      isolationLevel,
    },
    context,
  )
}
