import type { RawBuilder } from 'kysely'
import type { CallOptions } from '../call-options.ts'
import type { MessageRow, Row } from '../message-row.ts'
import type { Message } from '../message.ts'
import type { FunctionOptions } from '../read-options.ts'
import type { CallContext } from '../translate-error.ts'

/** How rows are read. */
export interface RowsOptions extends CallOptions {
  /** Whether the query's text is the same at every call. Default is `false`. */
  readonly isFixed?: boolean
}

/** What a store lends to a read that pages by itself. */
export interface MessageReader {
  /** Where and how the functions are called. */
  readonly target: FunctionOptions
  readonly isTransaction: boolean
  /** Whether the database answers while this process works: not PGlite, which is in it. */
  readonly isRemote: boolean
  /** Sends one query, and makes typed errors of its failure. */
  readonly readRows: (
    messages: RawBuilder<MessageRow>,
    options: RowsOptions,
    context: CallContext,
  ) => Promise<Row[]>
  /** Makes a message of a row. */
  readonly decode: (row: Row) => Message
}
