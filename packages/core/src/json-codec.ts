import { checkJson } from './check-json.ts'
import { isPlainJson } from './is-plain-json.ts'
import { mayHoldUnstorable } from './text.ts'

/**
 * How data and metadata become JSON text, and how that text is read. Give one to
 * `createMessageStore` when plain JSON is not enough: {@link bigintJson}, or your own.
 *
 * PostgreSQL keeps JSON as jsonb, so the text that is read is not always the text that was written:
 * keys in another order, numbers without an exponent.
 *
 * @example
 * ```ts
 * import { createMessageStore, type JsonCodec, plainJson } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * const isTime = (value: unknown) => typeof value === 'string' && /^\d{4}-.*T.*Z$/.test(value)
 * const withDates: JsonCodec = {
 *   stringify: plainJson.stringify,
 *   parse: (text) => JSON.parse(text, (_key, value) => (isTime(value) ? new Date(value) : value)),
 * }
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const store = createMessageStore(db, { json: withDates })
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { at: new Date(0) } })
 * console.log((await store.getLastStreamMessage('airport-SEA'))?.data) // { at: a Date }
 * ```
 */
export interface JsonCodec {
  /** Makes a value of JSON text. What it throws is the cause of an `UnreadableMessageError`. */
  readonly parse: (text: string) => unknown
  /**
   * Makes JSON text of a value. `undefined` is not given to it: as data or metadata it is SQL NULL.
   * What it throws is the cause of an `InvalidMessageError`, before anything is sent.
   */
  readonly stringify: (value: unknown) => string
}

/**
 * JSON as JavaScript has it, and the default: `JSON.parse` and `JSON.stringify`, except that what
 * JSON would lose is refused: bigints, NaN, functions, maps, sets, binary data. Integers beyond 2^53 in
 * the store, written by others, are read rounded: see {@link bigintJson}.
 *
 * @example
 * ```ts
 * import { plainJson } from '@mdb/core'
 *
 * console.log(plainJson.stringify({ delay: 12 })) // {"delay":12}
 * ```
 */
export const plainJson: JsonCodec = {
  parse: (text) => JSON.parse(text) as unknown,
  stringify(value) {
    if (!isPlainJson(value)) checkJson(value, { bigints: false })
    const text = JSON.stringify(value)
    // Parsed again, for what a toJSON or a rawJSON put in too.
    if (mayHoldUnstorable(text)) checkJson(JSON.parse(text), { bigints: false })
    return text
  },
}
