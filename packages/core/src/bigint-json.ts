import { checkJson } from './check-json.ts'
import type { JsonCodec } from './json-codec.ts'

/**
 * JSON in which integers beyond 2^53 survive: they are read as bigint, and a bigint is written as
 * the integer it is, as Ruby, Go or Python write theirs. All else is {@link plainJson}.
 *
 * What is read goes by the size alone: a bigint up to 2^53 - 1 comes back as a number, and a number
 * such as 1e21 as a bigint, since PostgreSQL writes all integers alike. Decimals are read as
 * numbers, with the precision those have.
 *
 * @example
 * ```ts
 * import { bigintJson, createMessageStore } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const store = createMessageStore(db, { json: bigintJson })
 * await store.writeMessage('account-7', { type: 'Opened', data: { number: 12345678901234567890n } })
 * console.log((await store.getLastStreamMessage('account-7'))?.data) // { number: 12345678901234567890n }
 * ```
 */
export const bigintJson: JsonCodec = {
  parse: (text) => (MAY_HOLD_BEYOND.test(text) ? parseWith(text, revive) : parseWith(text)),
  stringify(value) {
    const { bigints } = checkJson(value, { bigints: true })
    return bigints ? JSON.stringify(value, replace) : JSON.stringify(value)
  },
}

// A reviver makes parsing several times slower, and a text without 16 digits in a row where a
// number may begin needs none: 2^53 has 16.
const MAY_HOLD_BEYOND = /(?:^|[\s:,[-])\d{16}/
const INTEGER = /^-?\d+$/

// Node has these from version 21 on, TypeScript's library not yet.
const parseWith = JSON.parse as (text: string, reviver?: Reviver) => unknown
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

function revive(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined) return value
  return Number.isSafeInteger(value) || !INTEGER.test(source) ? value : BigInt(source)
}

// The holder has the bigint itself, also where a program gave all bigints a toJSON.
function replace(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const held = this[key]
  if (typeof held === 'bigint') return rawJSON(String(held))
  return typeof value === 'bigint' ? rawJSON(String(value)) : value
}
