import type { Message } from '@mdb/core'
import { staticGroup } from '../consumer-group/elastic-group.ts'
import type { HandlerContext, ResolvedOptions } from '../options.ts'

/** What the caller wants done: with each message, or with each page of them. */
export interface Work<M extends Message, Context> {
  readonly one: (message: M, context: Context) => unknown
  /** Undefined when the handler takes one message at a time. */
  readonly page: ((messages: readonly M[], context: Context) => unknown) | undefined
}

/** What a processor knows of a handler's context; the rest is the same for all messages. */
export type Given<Context extends HandlerContext> = Omit<
  Context,
  'subscriptionId' | 'consumerGroup'
>

/** A handler, or a page handler, which also takes pages of one. */
export function toWork<M extends Message>(
  options: Pick<ResolvedOptions<M>, 'id' | 'source' | 'handler' | 'eachPage'>,
): Work<M, never> {
  const { id, source, handler, eachPage } = options
  const consumerGroup = staticGroup(source.consumerGroup)
  const origin = { subscriptionId: id, ...(consumerGroup && { consumerGroup }) }
  // Of what a processor gives to all messages alike, one context is made for all.
  const contexts = new WeakMap<object, object>()
  const whole = (given: object): never => {
    const context = contexts.get(given) ?? { ...given, ...origin }
    contexts.set(given, context)
    return context as never
  }
  if (eachPage !== undefined) {
    return {
      one: (message, given) => eachPage([message], whole(given)),
      page: (messages, given) => eachPage(messages, whole(given)),
    }
  }
  if (handler === undefined) throw new Error('the options are checked: there is a handler')
  return { one: (message, given) => handler(message, whole(given)), page: undefined }
}
