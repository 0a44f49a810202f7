import { type Kysely, type RawBuilder, sql } from 'kysely'
import { MessageStoreNotInstalledError } from '../errors.ts'
import { ConcurrentlyInTransactionError } from '../errors/migration-errors.ts'
import { DEFAULT_SCHEMA } from '../search-path.ts'
import { checkConsumerGroup } from '../validate-read.ts'
import { checkMayAlter, explainRefusal, readRights } from './rights.ts'

/** What the calls about a consumer-group index take. */
export interface ConsumerGroupIndexOptions {
  /** The size of the group: from 1 to 32767. Each size that is read has an index of its own. */
  readonly size: number
  /**
   * Whether to work without blocking writes, which PostgreSQL does outside a transaction alone.
   * `false` blocks writes to the store until it is done. Default is `true`.
   */
  readonly concurrently?: boolean | undefined
}

/** What the calls about a consumer-group index have in common: the checks, and the error's text. */
export async function changeIndex<DB, Result>(
  db: Kysely<DB>,
  call: string,
  options: ConsumerGroupIndexOptions,
  change: (plain: Kysely<DB>, concurrently: boolean) => Promise<Result>,
): Promise<Result> {
  const { size, concurrently = true } = options
  checkConsumerGroup({ member: 0, size })
  if (concurrently && db.isTransaction) throw new ConcurrentlyInTransactionError(call)
  const plain = db.withoutPlugins()
  const rights = await readRights(plain)
  if (rights.owner === undefined) throw new MessageStoreNotInstalledError(DEFAULT_SCHEMA)
  checkMayAlter(rights)
  return change(plain, concurrently).catch((error: unknown) => explainRefusal(error, rights))
}

/** Drops one index of Message DB's table. */
export async function dropIndex<DB>(
  db: Kysely<DB>,
  name: string,
  concurrently: boolean,
): Promise<void> {
  await sql`drop index ${how(concurrently)} ${sql.id('message_store', name)}`.execute(db)
}

/** How an index is made or dropped, in SQL. */
export const how = (concurrently: boolean): RawBuilder<unknown> =>
  sql.raw(concurrently ? 'concurrently' : '')
