import { isError } from './is-error.ts'

/** What drivers say of a server's error, under the names that `pg`, PGlite and postgres.js use. */
export interface ServerError {
  /** The SQLSTATE. */
  readonly code: string
  readonly message: string
  readonly detail: string | undefined
  readonly constraint: string | undefined
}

// Five letters without a digit are an error of the system, such as EPIPE.
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** Reads a server's error out of what a driver threw, `undefined` when it is something else. */
export function readServerError(error: unknown): ServerError | undefined {
  if (!isError(error) || !('code' in error)) return undefined
  const { code } = error
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return undefined
  return {
    code,
    message: error.message,
    detail: textOf(error, 'detail'),
    constraint: textOf(error, 'constraint') ?? textOf(error, 'constraint_name'),
  }
}

function textOf(error: Error, key: string): string | undefined {
  const value = (error as unknown as Record<string, unknown>)[key]
  return typeof value === 'string' ? value : undefined
}
