import type { Bench } from '../setup/bench.ts'
import { connect } from '../setup/connect.ts'
import { rowsOf } from '../setup/history.ts'

export interface Sized {
  readonly messages: number
  /** Over how many streams they are spread. Default is 1,000. */
  readonly streams?: number
}

const databases = new WeakMap<Bench, Map<string, Promise<string>>>()

/** A database with so many messages in the category `flight`, made once and kept for the run. */
export async function sizedDatabase(bench: Bench, sized: Sized): Promise<string> {
  const made = databases.get(bench) ?? new Map<string, Promise<string>>()
  databases.set(bench, made)
  const key = JSON.stringify(sized)
  const database = made.get(key) ?? fill(bench, sized)
  made.set(key, database)
  return database
}

/** Rows in one statement: more at once would only be one long transaction. */
const PART = 250_000

async function fill(bench: Bench, { messages, streams = 1_000 }: Sized): Promise<string> {
  const url = await bench.freshDatabase()
  const client = await connect(url)
  for (let from = 0; from < messages; from += PART) {
    const count = Math.min(PART, messages - from)
    const at = `(n + ${from})`
    await client.query(
      `insert into message_store.messages (stream_name, position, type, data, metadata)
        ${rowsOf(`'flight-' || ${at} % ${streams}`, `${at} / ${streams}`, count)}`,
    )
  }
  await client.query('vacuum analyze message_store.messages')
  await client.query('checkpoint')
  await client.end()
  return url
}
