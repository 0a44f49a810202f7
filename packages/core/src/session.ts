import type { RawBuilder } from 'kysely'
import type { CallOptions } from './call-options.ts'
import type { CallTarget } from './search-path.ts'
import type { CallContext } from './translate-error.ts'

/** What the calls of a store reach the server with. */
export interface Session {
  /** Where the functions are, and what becomes of the search_path. */
  readonly target: CallTarget
  /** Whether the calls are part of a transaction of the caller's. */
  readonly inTransaction: boolean
  /** Runs a query. Its errors are translated. */
  run<Row>(query: RawBuilder<Row>, options: CallOptions, context?: CallContext): Promise<Row[]>
  /** Reads one value as text. */
  readValue(
    value: RawBuilder<unknown>,
    options: CallOptions,
    context?: CallContext,
  ): Promise<string | null>
  /**
   * The same of an expression that is built once for all values. `name` tells it from others; it has
   * nothing of the values but them.
   */
  readFixed<Name extends string>(
    name: string,
    values: Readonly<Record<Name, unknown>>,
    build: (values: Readonly<Record<Name, never>>) => RawBuilder<unknown>,
    options: CallOptions,
    context?: CallContext,
  ): Promise<string | null>
}
