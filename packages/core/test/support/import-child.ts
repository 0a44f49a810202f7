// Imports until it is killed: `node import-child.ts <connection string> <messages>`.
import { createMessageStore, importMessages, type MessageStoreDatabase } from '@mdb/core'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { history } from './history.ts'

const [, , connectionString, count] = process.argv
const pool = new pg.Pool({ connectionString })
const db = new Kysely<MessageStoreDatabase>({ dialect: new PostgresDialect({ pool }) })
const progress = await importMessages(createMessageStore(db), history(Number(count)), {
  batchSize: 50,
  keepTimes: true,
  onProgress: ({ written }) => console.log(written),
})
console.log('done', progress)
await db.destroy()
