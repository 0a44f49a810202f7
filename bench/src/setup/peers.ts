import { EventideClient, PostgresClient } from '@doughtnerd/message-store-connector'
import {
  getPostgreSQLEventStore,
  type PostgresEventStore,
} from '@event-driven-io/emmett-postgresql'
import { MessageDbReader, MessageDbWriter } from 'message-db-connector'
import pg from 'pg'
import postgres from 'postgres'
import type { Bench } from './bench.ts'
import { connect } from './connect.ts'
import type { Payload } from './payload.ts'

/** @doughtnerd/message-store-connector, on a connection of node-postgres. */
export async function openDoughtnerd(
  connectionString: string,
): Promise<{ client: EventideClient; close: () => Promise<void> }> {
  const connection = await connect(connectionString)
  const client = new EventideClient(new PostgresClient(connection))
  return { client, close: async () => connection.end() }
}

/** postgres.js, which prepares each statement. */
export function openPostgresJs(connectionString: string, max = 1): postgres.Sql {
  return postgres(connectionString, {
    max,
    onnotice: () => undefined,
    connection: { search_path: 'message_store,public' },
  })
}

/** Emmett's event store, in a database of its own: it has another schema. */
export async function openEmmett(
  bench: Bench,
): Promise<{ store: PostgresEventStore; url: string }> {
  const url = await bench.emptyDatabase()
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  return { store, url }
}

export type EmmettEvent = {
  readonly type: 'FlightDeparted'
  readonly data: Record<string, unknown>
  readonly metadata: Record<string, unknown>
}

export function toEmmett({ data, metadata }: Payload): EmmettEvent {
  return { type: 'FlightDeparted', data, metadata }
}

interface OfConnector {
  readonly db: unknown
}

/**
 * message-db-connector. Whatever it is given, it connects to port 5432 of this machine, so it is handed
 * what it would have made: a pool whose connections it uses for one statement each.
 */
export async function openConnector(connectionString: string): Promise<{
  reader: MessageDbReader
  writer: MessageDbWriter
  close: () => Promise<void>
}> {
  const options = { pgConnectionConfig: {} }
  const reader = await MessageDbReader.Make(options)
  const writer = await MessageDbWriter.Make(options)
  const pool = new pg.Pool({ connectionString })
  for (const { db } of [reader, writer] as unknown as readonly OfConnector[]) {
    Object.assign(db as object, { pool })
  }
  return { reader, writer, close: async () => pool.end() }
}
