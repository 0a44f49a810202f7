import { AssertionError, deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import type { Message, NewMessage } from '@mdb/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import { errorCode, errorMessage } from '../error-code.ts'
import { asExpected, expectedOf, partOf, type ExpectedMessage } from './as-expected.ts'
import type { Place } from './given.ts'
import { writtenSince } from './written-since.ts'

/** What an error must be: of a class, with a text, or with these properties. */
export type ExpectedError =
  | (abstract new (...args: never[]) => Error)
  | RegExp
  | { readonly code?: string | undefined; readonly message?: string | undefined }

/** What should have come of a scenario. */
export interface Expected<DB> {
  /** All messages that were written, in order; `[]` is none. As far as each one speaks. */
  readonly messages?:
    | readonly (ExpectedMessage | { readonly streamName: string; readonly message: NewMessage })[]
    | undefined
  /** All rows of tables, in any order, and of each the columns that are named. */
  readonly rows?: { readonly [T in keyof DB & string]?: readonly Partial<Selectable<DB[T]>>[] }
  /** That it fails, and how. */
  readonly error?: ExpectedError | undefined
}

/** Acts, and compares what came of it. */
export async function verify<DB>(
  { db, store }: Place<DB>,
  { messages, rows = {}, error }: Expected<DB>,
  act: (begin: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  let since = 0n
  const failure = await act(async () => {
    since = await lastGlobalPosition(db)
  }).then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  )
  if (failure !== undefined && error === undefined) throw failure.reason
  if (error !== undefined) compareError(failure, error)
  if (messages !== undefined) {
    compareMessages(await writtenSince(db, store, since), messages.map(expectedOf))
  }
  for (const [table, expected] of Object.entries(rows) as [string, readonly object[]][]) {
    await compareRows(db, table, expected)
  }
}

async function lastGlobalPosition<DB>(db: Kysely<DB>): Promise<bigint> {
  const { rows } = await sql<{ last: string }>`
    select coalesce(max(global_position), 0)::text as last from message_store.messages
  `.execute(db)
  return BigInt(rows[0]?.last ?? 0)
}

function compareMessages(actual: readonly Message[], expected: readonly ExpectedMessage[]): void {
  compare('The messages that were written', asExpected(actual, expected), [...expected])
}

async function compareRows<DB>(
  db: Kysely<DB>,
  table: string,
  expected: readonly object[],
): Promise<void> {
  const { rows } = await sql<object>`select * from ${sql.table(table)}`.execute(db)
  const columns = Object.fromEntries(expected.flatMap((row) => Object.entries(row)))
  const actual = expected.length === 0 ? rows : rows.map((row) => partOf(row, columns))
  compare(`The rows of ${table}`, sorted(actual), sorted(expected))
}

// The order of rows says nothing: both sides are put in the same.
function sorted(rows: readonly object[]): readonly object[] {
  return rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

function textOf(row: object): string {
  return inspect(row, { sorted: true, depth: Infinity })
}

function compareError(
  failure: { readonly reason: unknown } | undefined,
  expected: ExpectedError,
): void {
  const wanted = describe(expected)
  if (failure === undefined) {
    const message = `It should have failed with ${wanted}, and did not fail.`
    throw new AssertionError({ message, expected, actual: undefined, operator: 'throws' })
  }
  const { reason } = failure
  if (isSuch(reason, expected)) return
  const message = `It should have failed with ${wanted}, and failed with ${inspect(reason)}`
  throw new AssertionError({ message, expected, actual: reason, operator: 'throws' })
}

function isSuch(reason: unknown, expected: ExpectedError): boolean {
  if (typeof expected === 'function') return reason instanceof expected
  if (expected instanceof RegExp) return expected.test(errorMessage(reason))
  const { code, message } = expected
  return (
    (code === undefined || errorCode(reason) === code) &&
    (message === undefined || errorMessage(reason) === message)
  )
}

function describe(expected: ExpectedError): string {
  return typeof expected === 'function' ? expected.name : inspect(expected)
}

function compare(what: string, actual: readonly object[], expected: readonly object[]): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    const difference = errorMessage(error).split('\n').slice(1).join('\n')
    const message = `${what} are not those expected.\n${difference}`
    throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' })
  }
}
