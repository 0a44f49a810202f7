// The process of an embedded PostgreSQL. It ends when whoever started it hangs up, or is no more.
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { Client } from 'pg'
import type { FromServer } from './embedded-postgres.ts'
import { lockDirectory } from './lock-directory.ts'
import type { Options } from './options.ts'

const database = 'flights'
const tell = (message: FromServer): void => void process.send?.(message, undefined, {}, () => {})

const hungUp = once(process, 'disconnect')
const [{ dataDirectory, reset }] = (await once(process, 'message')) as [
  Pick<Options, 'dataDirectory' | 'reset'>,
]
try {
  // Held until the server has ended: who starts it again at once waits for that.
  using _lock = await lockDirectory(dataDirectory)
  if (reset) await rm(dataDirectory, { recursive: true, force: true })
  await using server = await startEmbeddedPostgres({ dataDirectory, durable: true })
  await createDatabase(urlOf(server, 'postgres'))
  tell({ url: urlOf(server, database) })
  await Promise.race([hungUp, ended(urlOf(server, 'postgres'))])
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) })
}
if (process.connected) process.disconnect()

function urlOf({ password, port }: EmbeddedServer, name: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
}

/** Resolves when the server is no more: it has hung up, and lets nobody in. */
async function ended(connectionString: string): Promise<void> {
  for (;;) {
    const client = new Client({ connectionString })
    const hangUp = Promise.withResolvers<void>()
    client.on('error', () => {})
    client.on('end', hangUp.resolve)
    try {
      await client.connect()
    } catch (error) {
      if (!isStarting(error)) return
      await setTimeout(100)
      continue
    }
    await hangUp.promise
  }
}

/** It may have lost a process of its own, and recovers. */
function isStarting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57P03'
}

async function createDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [database])
    if (found.rowCount === 0) await client.query(`create database ${database}`)
  } finally {
    await client.end()
  }
}
