import type { Kysely } from 'kysely'
import type { ConsumerGroupIndex } from './find-consumer-group-indexes.ts'
import { OFFICIAL_FILES, OFFICIAL_VERSION, readOfficialFile } from './official-sql.ts'
import { checkFunctions } from './verification/check-functions.ts'
import { checkIndexes } from './verification/check-indexes.ts'
import { checkPrivileges } from './verification/check-privileges.ts'
import { checkType, checkViews } from './verification/check-shapes.ts'
import {
  checkConsumerGroupIndexes,
  checkNotices,
  checkServer,
  checkVersion,
} from './verification/check-surroundings.ts'
import { checkTable } from './verification/check-table.ts'
import { checkTableChanges } from './verification/check-table-changes.ts'
import type { Finding } from './verification/finding.ts'
import { type OfficialFunction, readOfficialFunctions } from './verification/official-functions.ts'
import { type Facts, readFacts } from './verification/read-facts.ts'

/** What {@link verify} found. */
export interface Verification {
  /** Whether nothing is wrong: there is no finding of severity `'error'`. */
  readonly ok: boolean
  /** The version that the store says it is, `undefined` when it says none. */
  readonly version: string | undefined
  /** PostgreSQL's version, as `180004`. */
  readonly serverVersion: number
  /** The role that asked, whose rights were looked at. */
  readonly role: string
  /** Role `message_store`: whether there is one, and whether the role that asked is a member. */
  readonly messageStoreRole: { readonly exists: boolean; readonly isMember: boolean }
  /** Whether extension pgcrypto is there. Nothing needs it on PostgreSQL 13 and newer. */
  readonly pgcrypto: boolean
  /** Whether this session may read with a condition. */
  readonly conditions: boolean
  readonly consumerGroupIndexes: readonly ConsumerGroupIndex[]
  /** What is other than it should be, in the order to repair it in. */
  readonly findings: readonly Finding[]
}

/**
 * Compares the Message DB of a database with the official SQL: version, functions word for word,
 * table and what others added to it, type, indexes, views, and what the current role may do. Reads
 * the catalog and changes nothing, so it needs no right at all, and works in a transaction too.
 *
 * @example
 * ```ts
 * import { verify } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const { ok, version, findings } = await verify(db)
 * console.log(ok, version) // true 1.3.0
 * for (const { code, found, expected, command } of findings) {
 *   console.log(code, found, expected, command)
 * }
 * ```
 *
 * @returns a report; what is wrong is in it, with the command to run, and nothing is thrown for it.
 *
 * Stands on the files of `@eventide/message-db` and PostgreSQL's catalog. The `search_path` does not
 * matter: each call brings its own.
 */
export async function verify<DB>(db: Kysely<DB>): Promise<Verification> {
  const facts = await readFacts(db)
  const officials = await readOfficialFunctions()
  const sql = await readSql()
  const { surroundings } = facts
  const version = versionOf(facts)
  const findings = isInstalled(facts)
    ? judge(facts, { version, officials, sql })
    : [NOT_INSTALLED, ...checkServer(surroundings)]
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    version,
    serverVersion: surroundings.serverVersion,
    role: surroundings.role,
    messageStoreRole: { exists: surroundings.roleExists, isMember: surroundings.roleIsMember },
    pgcrypto: surroundings.pgcrypto,
    conditions: surroundings.sqlCondition !== null && surroundings.sqlCondition !== 'off',
    consumerGroupIndexes: facts.consumerGroupIndexes,
    findings,
  }
}

interface Expected {
  readonly version: string | undefined
  readonly officials: readonly OfficialFunction[]
  readonly sql: ReadonlyMap<string, string>
}

function judge(facts: Facts, { version, officials, sql }: Expected): Finding[] {
  const { surroundings, functions } = facts
  const text = (...files: readonly string[]): string =>
    files.map((file) => sql.get(file) ?? '').join('\n')
  // Another version has other functions: what it says about itself is the finding.
  const comparable = version === undefined || version === OFFICIAL_VERSION ? officials : []
  return [
    ...checkServer(surroundings),
    ...(officialsMissVersion(facts) ? [] : checkVersion(version)),
    ...checkTable(facts, text('tables/messages.sql')),
    ...checkTableChanges(facts.table),
    ...checkType(facts, { type: text('types/message.sql'), readers: text(...READERS) }),
    ...checkFunctions(comparable, functions),
    ...checkIndexes(facts.indexes, text),
    ...checkViews(facts, (name) => text(`views/${name.replaceAll('_', '-')}.sql`)),
    ...checkPrivileges(facts, officials),
    ...checkConsumerGroupIndexes(facts),
    ...checkNotices(surroundings, text(...OFFICIAL_FILES.role, ...OFFICIAL_FILES.privileges)),
  ]
}

const READERS = OFFICIAL_FILES.store.filter((file) => file.startsWith('functions/get-'))

const NOT_INSTALLED: Finding = {
  code: 'not-installed',
  severity: 'error',
  subject: 'Message DB',
  found: 'nothing in schema message_store',
  expected: `version ${OFFICIAL_VERSION}`,
  command: 'await installMessageStore(db)',
}

const isInstalled = ({ functions, relations }: Facts): boolean =>
  functions.length > 0 || relations.some(({ name }) => name === 'messages')

const officialsMissVersion = ({ functions }: Facts): boolean =>
  !functions.some(({ name }) => name === 'message_store_version')

/** Read from the function's source: a role without rights could not call it. */
function versionOf({ functions }: Facts): string | undefined {
  const body = functions.find(({ name }) => name === 'message_store_version')?.body
  return /'([^']+)'/.exec(body ?? '')?.[1]
}

async function readSql(): Promise<ReadonlyMap<string, string>> {
  const files = Object.values(OFFICIAL_FILES).flat()
  const texts = await Promise.all(
    files.map(async (file) => {
      const text = await readOfficialFile(file)
      // One file names its index without the schema.
      return [file, text.replace('EXISTS messages_', 'EXISTS message_store.messages_')] as const
    }),
  )
  return new Map(texts)
}
