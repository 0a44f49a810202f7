import { type Kysely, sql } from 'kysely'
import { MessageStoreNotEmptyError } from '../errors/migration-errors.ts'
import { findParts } from './find-parts.ts'
import { OFFICIAL_FUNCTIONS, OFFICIAL_VIEWS } from './official-sql.ts'
import { checkMayAlter, explainRefusal, readRights } from './rights.ts'

/**
 * Drops what an installation made, when it holds no message, and leaves role `message_store`, which
 * other databases may use. What others built on it is not dropped: the server refuses (2BP01).
 *
 * @throws {MessageStoreNotEmptyError} {@link InstallationPermissionError}
 */
export async function dropEmptyMessageStore<DB>(trx: Kysely<DB>): Promise<void> {
  const parts = await findParts(trx)
  if (parts.length === 0) return
  const rights = await readRights(trx)
  checkMayAlter(rights)
  try {
    if (parts.includes('table messages')) await checkEmpty(trx)
    await dropParts(trx, parts)
  } catch (error) {
    explainRefusal(error, rights)
  }
}

async function checkEmpty<DB>(trx: Kysely<DB>): Promise<void> {
  // Nobody may write between the look and the drop.
  await sql`lock table message_store.messages in access exclusive mode`.execute(trx)
  const { rows } = await sql`select from message_store.messages limit 1`.execute(trx)
  if (rows.length > 0) throw new MessageStoreNotEmptyError()
}

async function dropParts<DB>(trx: Kysely<DB>, parts: readonly string[]): Promise<void> {
  for (const part of DROP_ORDER.filter((official) => parts.includes(official))) {
    const [kind = '', name = ''] = part.split(' ')
    await sql`drop ${sql.raw(kind)} ${sql.id('message_store', name)}`.execute(trx)
  }
  const { rows } = await sql`
    select from pg_namespace n where nspname = 'message_store' and pg_has_role(nspowner, 'usage')
      and not exists (
        select from pg_depend where refclassid = 'pg_namespace'::regclass and refobjid = n.oid
      )
  `.execute(trx)
  if (rows.length > 0) await sql`drop schema message_store`.execute(trx)
}

// What stands on others goes first. Tables and views of others in the schema stay.
const DROP_ORDER = [
  ...OFFICIAL_VIEWS.map((name) => `view ${name}`),
  'table messages',
  ...OFFICIAL_FUNCTIONS.map((name) => `function ${name}`),
  'type message',
]
