import type { Message } from '@mdb/core'

/** What the caller wants done: with each message, or with each page of them. */
export interface Work<M extends Message, Context> {
  readonly one: (message: M, context: Context) => unknown
  /** Undefined when the handler takes one message at a time. */
  readonly page: ((messages: readonly M[], context: Context) => unknown) | undefined
}

/** A handler, or a page handler, which also takes pages of one. */
export function toWork<M extends Message, Context>(options: {
  readonly handler?: ((message: M, context: Context) => unknown) | undefined
  readonly eachPage?: ((messages: readonly M[], context: Context) => unknown) | undefined
}): Work<M, Context> {
  const { handler, eachPage } = options
  if (eachPage !== undefined) {
    return { one: (message, context) => eachPage([message], context), page: eachPage }
  }
  if (handler === undefined) throw new Error('the options are checked: there is a handler')
  return { one: handler, page: undefined }
}
