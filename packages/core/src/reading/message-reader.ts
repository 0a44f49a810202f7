import type { RawBuilder } from 'kysely'
import type { MessageRow } from '../message-row.ts'
import type { Message } from '../message.ts'
import type { FunctionOptions } from '../read-options.ts'
import type { CallContext } from '../translate-error.ts'

/** What a store lends to a read that pages by itself. */
export interface MessageReader {
  /** Where and how the functions are called. */
  readonly target: FunctionOptions
  readonly isTransaction: boolean
  /** Sends one query, and makes messages of its rows and typed errors of its failure. */
  readonly readMessages: <M extends Message>(
    messages: RawBuilder<MessageRow>,
    options: { readonly signal?: AbortSignal | undefined },
    context: CallContext,
  ) => Promise<M[]>
}
