import { AssertionError, deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import type { Message, NewMessage } from '@mdb/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import { errorCode, errorMessage } from '../error-code.ts'
import { asExpected, expectedOf, type ExpectedMessage } from './as-expected.ts'
import { ScenarioSetUpError } from './errors.ts'
import type { Place } from './given.ts'
import { asExpectedRows } from './match-rows.ts'
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
  /** All rows of tables, in any order: for each one a row of its own, by the columns that it names. */
  readonly rows?: { readonly [T in keyof DB & string]?: readonly Partial<Selectable<DB[T]>>[] }
  /** That it fails once it has begun, and how. */
  readonly error?: ExpectedError | undefined
}

/** Sets a scenario up, and gives what is tested, which says when it begins. */
export type Scene = () => Promise<(begins: () => void) => Promise<unknown>>

/** Acts, and compares what came of it. */
export async function verify<DB>(
  { db, store }: Place<DB>,
  { messages, rows = {}, error }: Expected<DB>,
  scene: Scene,
): Promise<void> {
  const act = await scene().catch(couldNotBegin)
  const since = await lastGlobalPosition(db)
  let begun = false
  const failure = await act(() => void (begun = true)).then(
    () => undefined,
    (reason: unknown) => (begun ? { reason } : couldNotBegin(reason)),
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

function couldNotBegin(reason: unknown): never {
  throw new ScenarioSetUpError(reason)
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
  compare(`The rows of ${table}`, asExpectedRows(rows, expected), [...expected])
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
