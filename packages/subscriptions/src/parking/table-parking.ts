import { type Kysely, sql } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import { explained } from '../checkpoints/checkpoint-table.ts'
import type { ParkedMessageTable } from '../database.ts'
import type { Held } from '../checkpoints/fence.ts'
import { describe } from '../errors.ts'
import { heldRow, isHeld } from './held-row.ts'
import { listParked } from './list-parked.ts'
import type { Parked, ParkingStore } from './parking-store.ts'

interface ParkingDatabase {
  parked_message: ParkedMessageTable
}

/** Parked messages in the table `mdb.parked_message`, a row a message. */
export function tableParking(
  db: unknown,
  schema: string,
  { idleTimeout }: Pick<Held, 'idleTimeout'> = {},
): ParkingStore {
  const on = (kysely: unknown): Kysely<ParkingDatabase> =>
    (kysely as Kysely<ParkingDatabase>).withoutPlugins().withSchema(schema)
  const run = <T>(query: Promise<T>): Promise<T> => explained(schema, query, 'parked_message')

  return {
    async streams({ subscriptionId, source }) {
      const rows = await run(
        on(db)
          .selectFrom('parked_message')
          .select('stream_name')
          .distinct()
          .where('subscription_id', '=', subscriptionId)
          .where('source', '=', source)
          .orderBy('stream_name')
          .execute(),
      )
      return rows.map(({ stream_name }) => stream_name)
    },

    list: (key, options) => run(listParked(on(db), schema, key, options)),

    async lastIn(trx, key, streamName) {
      const last = heldRow(schema, { key, streamName, end: 'last', idleTimeout })
      return isHeld((await run(last.execute(on(trx)))).rows[0])
    },

    async parkIn(trx, key, { message, attempts, error }) {
      const told = attempts === 0 ? undefined : error
      await run(
        on(trx)
          .insertInto('parked_message')
          .values({
            ...ofStream(key, message.streamName),
            global_position: String(message.globalPosition),
            position: String(message.position),
            message_id: message.id,
            message_type: message.type,
            attempts,
            ...errorColumns(told),
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      )
    },

    async firstIn(trx, key, streamName) {
      const first = heldRow(schema, { key, streamName, end: 'first', idleTimeout })
      const row = (await run(first.execute(on(trx)))).rows[0]
      if (!isHeld(row)) return undefined
      const message = {
        id: row.message_id,
        streamName,
        type: row.message_type,
        position: BigInt(row.position),
        globalPosition: BigInt(row.global_position),
      }
      return { message, attempts: row.attempts } satisfies Parked
    },

    async removeIn(trx, key, streamName, { globalPosition, ifFirst = false }) {
      const all = on(trx)
        .deleteFrom('parked_message')
        .where((table) => table.and(ofStream(key, streamName)))
      const some =
        globalPosition === undefined
          ? all
          : all.where('global_position', '=', String(globalPosition))
      // None is ever parked before another: what is the first stays it.
      const first = some.where(({ not, exists, selectFrom, and }) =>
        not(
          exists(
            selectFrom('parked_message as earlier')
              .select('earlier.attempts')
              .where(and(ofStream(key, streamName)))
              .where('earlier.global_position', '<', String(globalPosition)),
          ),
        ),
      )
      const { numDeletedRows } = await run((ifFirst ? first : some).executeTakeFirstOrThrow())
      return Number(numDeletedRows)
    },

    async noteFailure(key, message, error) {
      await run(
        on(db)
          .updateTable('parked_message')
          .set({
            attempts: sql<number>`attempts + 1`,
            tried_at: sql<string>`clock_timestamp()`,
            ...errorColumns(error),
          })
          .where((table) => table.and(ofStream(key, message.streamName)))
          .where('global_position', '=', String(message.globalPosition))
          .execute(),
      )
    },
  }
}

function errorColumns(error: unknown): { error: string | null; error_stack: string | null } {
  if (error === undefined) return { error: null, error_stack: null }
  return error instanceof Error
    ? { error: clean(`${error.name}: ${error.message}`), error_stack: clean(error.stack) }
    : { error: clean(describe(error)), error_stack: null }
}

function ofStream(
  { subscriptionId, source }: CheckpointKey,
  streamName: string,
): { subscription_id: string; source: string; stream_name: string } {
  return { subscription_id: subscriptionId, source, stream_name: streamName }
}

// text of PostgreSQL holds no NUL
function clean(text: string | undefined): string | null {
  return text?.replaceAll('\0', '\uFFFD') ?? null
}
