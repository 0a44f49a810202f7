import type { MessageStore } from '@mdb/core'
import {
  parkedMessages,
  tableCheckpoints,
  type ParkedMessages,
  type TransactionalCheckpointStore,
} from '@mdb/subscriptions'
import { alertCounts, alertCountsOptions, delays, delaysOptions } from '../consumers.ts'
import type { Database } from '../database.ts'
import { checkpointsWithin, noteDiscarded } from './discarded.ts'
import type { Command } from './page-state.ts'
import { reasonOf } from './processes/describe-event.ts'
import { RefusedError } from './refused-error.ts'

export function parkedOf(
  store: MessageStore<Database>,
  subscriptionId: string,
  checkpoints: TransactionalCheckpointStore = tableCheckpoints(store.db),
): ParkedMessages {
  if (subscriptionId === delays.id) {
    return parkedMessages(store, { ...delaysOptions(store), checkpoints })
  }
  if (subscriptionId === alertCounts.id) {
    return parkedMessages(store, { ...alertCountsOptions(store), checkpoints })
  }
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

type Discard = Extract<Command, { command: 'discard parked' }>

/** Drops the message that failed; those that wait behind it are handled. */
export async function discardFirst(
  store: MessageStore<Database>,
  discard: Discard,
): Promise<string> {
  const { subscriptionId, stream, globalPosition } = discard
  const message = `the message at ${globalPosition} of ${stream}`
  if (!(await dropFirst(store, discard))) throw new RefusedError(`${message} is not the first now`)
  const { replayed, failed } = await parkedOf(store, subscriptionId).replay({ stream })
  const rest =
    failed.length > 0 ? ', and the next one failed' : `, and handled ${replayed} behind it`
  return `discarded ${message}${rest}`
}

/** In one transaction with the note of it. Says false when it is not the first, or gone. */
function dropFirst(
  store: MessageStore<Database>,
  { subscriptionId, stream, globalPosition }: Discard,
): Promise<boolean> {
  return store.db.transaction().execute(async (trx) => {
    const parked = parkedOf(store.using(trx), subscriptionId, checkpointsWithin(trx))
    // Of two who ask at once, one finds it gone.
    const confirmed = { stream, globalPosition: BigInt(globalPosition), ifFirst: true }
    const dropped = await parked.discard(confirmed)
    if (dropped > 0) await noteDiscarded(trx, { subscriptionId, globalPosition })
    return dropped > 0
  })
}
