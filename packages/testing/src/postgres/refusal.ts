import { sql, type Kysely } from 'kysely'
import { errorCode, errorMessage } from '../error-code.ts'
import { ServerUnusableError } from '../errors.ts'

const OLDEST_MAJOR = 12

/** Why tests cannot be run on a server; `undefined` when they can. */
export async function refusal(admin: Kysely<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ version: number; user: string; may: boolean; standby: boolean }>`
    select current_setting('server_version_num')::int as version, rolname as user,
      rolsuper or rolcreatedb as may, pg_is_in_recovery() as standby
    from pg_roles where rolname = current_user
  `.execute(admin)
  const [found] = rows
  const major = Math.floor((found?.version ?? 0) / 10_000)
  if (major < OLDEST_MAJOR) return `it is PostgreSQL ${major}; ${OLDEST_MAJOR} is the oldest.`
  if (found?.standby === true) return 'it is a standby, which takes no writes.'
  if (found?.may === true) return undefined
  const user = found?.user ?? 'the user'
  return `${user} may not create databases. As a superuser: alter role "${user}" createdb`
}

/** A failure to connect, as an error that says which server it was. */
export function explainRefusal(error: unknown, url: string): unknown {
  if (!isConnectFailure(error)) return error
  const reason = `it cannot be connected to. ${reasonOf(error)}`
  return new ServerUnusableError(url, reason, { cause: error })
}

// Class 28 is a wrong role or password, 3D a missing database; a code such as ENOTFOUND or
// ECONNREFUSED comes from the network.
function isConnectFailure(error: unknown): boolean {
  const code = errorCode(error) ?? ''
  return (
    /^(?:E[A-Z]+|28\w{3}|3D\w{3}|08\w{3}|53300)$/.test(code) ||
    /SSL|SASL|timeout/.test(errorMessage(error))
  )
}

// Node gathers the failures of each address of a host, and leaves the message of the whole empty.
function reasonOf(error: unknown): string {
  return errorMessage(error) || (error as AggregateError).errors.map(String).join('; ')
}
