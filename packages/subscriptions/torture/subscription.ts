import { isTransient, type Message, type MessageStore } from '@mdb/core'
import {
  constantPolling,
  type ElasticGroup,
  type FailurePolicy,
  type HandlerContext,
  park,
  retry,
  type SubscriptionOptions,
  tableCheckpoints,
  type TransactionContext,
} from '@mdb/subscriptions'
import type { Kysely } from 'kysely'
import type { TortureDatabase } from './database.ts'
import type { Mode } from './mode.ts'

/** After so many messages the place is saved: at least once, a crash brings that many again. */
export const INTERVAL = 50
export const BATCH_SIZE = 20
const CONCURRENCY = 3

export interface Tortured {
  readonly mode: Mode
  readonly size: number
  /** Milliseconds. */
  readonly lease: number
  /** The process. */
  readonly by: string
  /** Whether the handler fails on a poisoned message. */
  readonly isPoisoned: (message: Message) => boolean
  /** Which run it is, and of which claim; undefined for a replay. */
  readonly runOf: (
    context: HandlerContext,
  ) => { readonly run: string; readonly epoch: bigint } | undefined
}

/** The subscription that is tortured: the same for its processes, and for replays of what it parked. */
export function tortured(
  store: MessageStore<TortureDatabase>,
  { mode, size, lease, by, isPoisoned, runOf }: Tortured,
): SubscriptionOptions<Message, TortureDatabase> {
  const write = async (
    db: Kysely<TortureDatabase>,
    message: Message,
    context: HandlerContext,
  ): Promise<void> => {
    const run = runOf(context)
    await db
      .insertInto('effect')
      .values({
        stream_name: message.streamName,
        position: String(message.position),
        global_position: String(message.globalPosition),
        by,
        run: run?.run ?? null,
        group_member: context.consumerGroup?.member ?? null,
        group_size: context.consumerGroup?.size ?? null,
        epoch: run === undefined ? null : String(run.epoch),
      })
      .execute()
  }
  const common = {
    id: 'torture',
    source: { category: 'flight', consumerGroup: { size, lease } satisfies ElasticGroup },
    batchSize: BATCH_SIZE,
    polling: constantPolling({ interval: 20 }),
    reconnect: { min: 5, max: 200 },
    checkpoints: tableCheckpoints(store.db, { idleTimeout: lease }),
    failure: parksPoison,
  }
  if (mode === 'at-least-once') {
    return {
      ...common,
      checkpointInterval: { messages: INTERVAL, milliseconds: 2_000 },
      concurrency: CONCURRENCY,
      async handler(message, context) {
        if (isPoisoned(message)) throw new Poisoned()
        await write(store.db, message, context)
      },
    }
  }
  return {
    ...common,
    transactional: mode,
    async handler(message: Message, context: TransactionContext<TortureDatabase>) {
      await write(context.trx, message, context)
      // What it wrote must be gone.
      if (isPoisoned(message)) throw new Poisoned()
    },
  }
}

class Poisoned extends Error {
  override readonly name = 'Poisoned'
}

const retryTrouble = retry({ min: 5, max: 200 })

/** Poison is parked; trouble of the database, which at least once is the handler's, passes. */
const parksPoison: FailurePolicy = Object.assign(
  ({ error, attempt }: Parameters<FailurePolicy>[0]) => {
    if (isTransient(error) || attempt < 2) return retryTrouble
    return park()
  },
  { parks: true },
)
