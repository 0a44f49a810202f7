import type { Kysely } from 'kysely'

/** Fills a database that others are cloned from. As in a migration of Kysely, tables are not known. */
// oxlint-disable-next-line typescript/no-explicit-any -- so that a function of any tables is one
export type Prepare = (db: Kysely<any>) => Promise<void>
