import { type Kysely, sql } from 'kysely'
import { InstallationPermissionError } from '../errors/migration-errors.ts'
import { quoteName } from '../quote-name.ts'
import { readServerError } from '../server-error.ts'

/** What the current role may do here, as far as an installation asks for it. */
export interface Rights {
  readonly role: string
  readonly database: string
  readonly mayCreateSchema: boolean
  readonly schemaExists: boolean
  readonly mayCreateInSchema: boolean
  /** Who owns table `messages`; `undefined` when there is none. */
  readonly owner: string | undefined
  /** Whether the role is the owner of table `messages`, or may act as it. */
  readonly actsAsOwner: boolean
}

/** Looks the current role's rights up. */
export async function readRights<DB>(trx: Kysely<DB>): Promise<Rights> {
  const { rows } = await sql<Rights>`
    select current_user::text as role, current_database()::text as database,
      has_database_privilege(current_database(), 'create') as "mayCreateSchema",
      n.oid is not null as "schemaExists",
      coalesce(has_schema_privilege(n.oid, 'create')
        and has_schema_privilege(n.oid, 'usage'), false) as "mayCreateInSchema",
      pg_get_userbyid(c.relowner)::text as owner,
      coalesce(pg_has_role(c.relowner, 'usage'), false) as "actsAsOwner"
    from (select) as one
    left join pg_namespace n on n.nspname = 'message_store'
    left join pg_class c on c.relnamespace = n.oid and c.relname = 'messages'
  `.execute(trx)
  const [row] = rows
  if (row === undefined) throw new Error('The server did not say who is connected.')
  return { ...row, owner: row.owner ?? undefined }
}

/** @throws {InstallationPermissionError} when the role may not install; it says what it lacks. */
export function checkMayInstall(rights: Rights): void {
  const role = quoteName(rights.role)
  if (rights.schemaExists && !rights.mayCreateInSchema) {
    throw new InstallationPermissionError({
      role: rights.role,
      problem: 'may not create tables and functions in schema message_store',
      command: `GRANT USAGE, CREATE ON SCHEMA message_store TO ${role};`,
    })
  }
  if (!rights.schemaExists && !rights.mayCreateSchema) {
    throw new InstallationPermissionError({
      role: rights.role,
      problem: `may not create a schema in database ${JSON.stringify(rights.database)}`,
      command: `CREATE SCHEMA message_store AUTHORIZATION ${role};`,
    })
  }
}

/** @throws {InstallationPermissionError} when the role may not change what is installed. */
export function checkMayAlter({ role, owner, actsAsOwner }: Rights): void {
  if (owner === undefined || actsAsOwner) return
  throw new InstallationPermissionError({
    role,
    problem: `is not the owner of Message DB here, which is ${JSON.stringify(owner)}`,
    command: `GRANT ${quoteName(owner)} TO ${quoteName(role)};`,
  })
}

/** Makes a typed error of a right that the server found missing, and throws what it is given. */
export function explainRefusal(error: unknown, rights: Rights): never {
  const server = readServerError(error)
  if (server?.code !== '42501') throw error
  throw new InstallationPermissionError(
    {
      role: rights.role,
      problem: `was refused (${server.message})`,
      command: `GRANT ${quoteName(rights.owner ?? '<owner of the schema>')} TO ${quoteName(rights.role)};`,
    },
    { cause: error },
  )
}
