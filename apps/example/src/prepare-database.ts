import { installMessageStore } from '@mdb/core/migration'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import type { Kysely } from 'kysely'
import { createTables } from './create-tables.ts'
import type { Database } from './database.ts'

/** Message DB, what the subscriptions keep beside it, and the app's own tables; what is there stays. */
export async function prepareDatabase(db: Kysely<Database>): Promise<void> {
  await installMessageStore(db)
  await installCheckpoints(db)
  await createTables(db)
}
