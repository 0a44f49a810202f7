import type { RawBuilder } from 'kysely'
import type { MessageRow, PortableRow } from '../message-row.ts'
import type { Message } from '../message.ts'
import type { FunctionOptions } from '../read-options.ts'
import type { CallContext } from '../translate-error.ts'

/** What a store lends to a read that pages by itself. */
export interface MessageReader {
  /** Where and how the functions are called. */
  readonly target: FunctionOptions
  readonly isTransaction: boolean
  /** Sends one query, and makes typed errors of its failure. */
  readonly readRows: (
    messages: RawBuilder<MessageRow>,
    options: { readonly signal?: AbortSignal | undefined },
    context: CallContext,
  ) => Promise<PortableRow[]>
  /** Makes a message of a row. */
  readonly decode: (row: PortableRow) => Message
}
