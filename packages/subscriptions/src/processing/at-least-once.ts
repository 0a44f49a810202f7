import type { Message } from '@mdb/core'
import { dispatch } from '../dispatcher.ts'
import { HandlerError } from '../errors.ts'
import type { Handler } from '../options.ts'
import type { Processor, ProcessorContext } from './processor.ts'

/** Handles first, and saves the place when that is due: a crash brings the messages between again. */
export function atLeastOnce<M extends Message>(
  handler: Handler<M>,
  { subscriptionId, keeper, signal, positionOf }: ProcessorContext<M>,
): Processor<M> {
  return {
    process: (messages) =>
      dispatch(messages, {
        handler,
        signal,
        onHandled: async (message) => {
          keeper.handled(positionOf(message))
          await keeper.saveIfDue()
        },
        toError: (message, cause) =>
          new HandlerError(subscriptionId, message, keeper.position, cause),
      }),
  }
}
