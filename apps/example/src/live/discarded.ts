import { tableCheckpoints, type TransactionalCheckpointStore } from '@mdb/subscriptions'
import { sql, type Kysely, type Transaction } from 'kysely'
import { delays } from '../consumers.ts'
import type { Database } from '../database.ts'
import type { FlightTotals } from './flight-totals.ts'

/** The checkpoints within a transaction of ours: what is discarded by them, commits with it. */
export function checkpointsWithin(trx: Transaction<Database>): TransactionalCheckpointStore {
  return { ...tableCheckpoints(trx), transaction: (run) => run(trx as Transaction<unknown>) }
}

export async function noteDiscarded(
  trx: Transaction<Database>,
  discarded: { readonly subscriptionId: string; readonly globalPosition: string },
): Promise<void> {
  await trx
    .insertInto('discarded_message')
    .values({
      subscription_id: discarded.subscriptionId,
      global_position: discarded.globalPosition,
    })
    .execute()
}

/** What the projection of the delays will never hold: the messages themselves are there still. */
export async function readDiscarded(db: Kysely<Database>): Promise<FlightTotals> {
  const { arrivals, late, delay } = await db
    .selectFrom('discarded_message as discarded')
    .innerJoin(
      'message_store.messages as message',
      'message.global_position',
      'discarded.global_position',
    )
    .select(({ fn }) => [
      fn.countAll<string>().as('arrivals'),
      fn.countAll<string>().filterWhere('message.type', '=', 'FlightArrivedLate').as('late'),
      sql<string | null>`sum((message.data->>'delay')::int)`.as('delay'),
    ])
    .where('discarded.subscription_id', '=', delays.id)
    .executeTakeFirstOrThrow()
  return { arrivals: Number(arrivals), late: Number(late), delay: Number(delay ?? 0) }
}
