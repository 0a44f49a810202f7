import type { MessageStore } from '@mdb/core'
import { parkedMessages, type ParkedMessages } from '@mdb/subscriptions'
import { alertCounts, alertCountsOptions, delays, delaysOptions } from '../consumers.ts'
import type { Database } from '../database.ts'
import type { Command } from './page-state.ts'
import { reasonOf } from './processes/describe-event.ts'
import { RefusedError } from './refused-error.ts'

export function parkedOf(store: MessageStore<Database>, subscriptionId: string): ParkedMessages {
  if (subscriptionId === delays.id) return parkedMessages(store, delaysOptions(store))
  if (subscriptionId === alertCounts.id) return parkedMessages(store, alertCountsOptions(store))
  throw new RefusedError(`there is no subscription ${subscriptionId}`)
}

export async function replayParked(parked: ParkedMessages, stream: string): Promise<string> {
  const { replayed, failed } = await parked.replay({ stream })
  const [failure] = failed
  if (failure !== undefined) {
    const after = replayed === 0 ? '' : `, after ${replayed} that did not`
    throw new RefusedError(`the handler failed again${after}: ${reasonOf(failure.error)}`)
  }
  if (replayed === 0) throw new RefusedError(`nothing of ${stream} is parked`)
  return `replayed ${replayed} of ${stream}`
}

/** Drops the message that failed; those that wait behind it are handled. */
export async function discardFirst(
  store: MessageStore<Database>,
  { subscriptionId, stream, globalPosition }: Extract<Command, { command: 'discard parked' }>,
): Promise<string> {
  const parked = parkedOf(store, subscriptionId)
  const first = await store.db
    .selectFrom('mdb.parked_message')
    .select((eb) => eb.fn.min<string | number | bigint>('global_position').as('position'))
    .where('subscription_id', '=', subscriptionId)
    .where('stream_name', '=', stream)
    .executeTakeFirstOrThrow()
  if (first.position === null) throw new RefusedError(`nothing of ${stream} is parked`)
  const isFirst = String(first.position) === globalPosition
  // Of two who ask at once, one finds it gone.
  if (
    !isFirst ||
    (await parked.discard({ stream, globalPosition: BigInt(globalPosition) })) === 0
  ) {
    throw new RefusedError(`the message at ${globalPosition} of ${stream} is no longer the first`)
  }
  const { replayed, failed } = await parked.replay({ stream })
  const rest =
    failed.length > 0 ? ', and the next one failed' : `, and handled ${replayed} behind it`
  return `discarded the message at ${globalPosition} of ${stream}${rest}`
}
