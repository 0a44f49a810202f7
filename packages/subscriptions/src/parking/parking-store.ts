import type { Transaction } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import type { FailedMessage } from '../errors.ts'
import type { FirstParked, ListParkedOptions } from './list-parked.ts'

/** A message to set aside. */
export interface Parking {
  readonly message: FailedMessage
  /** How often the handler was tried; 0 for one that only queues behind another of its stream. */
  readonly attempts: number
  /** What the handler threw; undefined for one that queues. */
  readonly error: unknown
}

/** A message that is set aside. */
export interface Parked {
  readonly message: FailedMessage
  readonly attempts: number
}

/**
 * Sets messages aside, in the order of their streams. A stream is in quarantine while a message of
 * it is parked: the subscription parks the later ones behind it, and a replay takes them in order.
 *
 * The two work at the same time, in different processes, and meet in row locks. The owner of the
 * checkpoint alone parks. `lastIn` holds the stream's last parked message, `firstIn` its first, to the
 * end of the transaction: so who parks behind a message waits for whoever is about to remove it, and
 * sees whether the stream is free. That holds at every isolation level, since a row that is gone is a
 * serialization failure there. A key's group does not count: a stream stays in quarantine when the
 * size of the group changes.
 */
export interface ParkingStore {
  /** The streams in quarantine. */
  streams(key: CheckpointKey): Promise<readonly string[]>
  /** The first parked message of each stream. */
  list(key: CheckpointKey, options: ListParkedOptions): Promise<readonly FirstParked[]>
  /** Whether the stream is in quarantine, and holds its last message. */
  lastIn<DB>(trx: Transaction<DB>, key: CheckpointKey, streamName: string): Promise<boolean>
  /** Parks; a message that is parked already is left as it is. */
  parkIn<DB>(trx: Transaction<DB>, key: CheckpointKey, parking: Parking): Promise<void>
  /** The first message of the stream, held; undefined when the stream is free. */
  firstIn<DB>(
    trx: Transaction<DB>,
    key: CheckpointKey,
    streamName: string,
  ): Promise<Parked | undefined>
  /**
   * Takes a message out; of a stream all of them, without a global position. Says how many: none with
   * `ifFirst` when another of the stream is before it.
   */
  removeIn<DB>(
    trx: Transaction<DB>,
    key: CheckpointKey,
    streamName: string,
    which: { readonly globalPosition: bigint | undefined; readonly ifFirst?: boolean },
  ): Promise<number>
  /** Notes that a replay failed: one attempt more, and its error. */
  noteFailure(key: CheckpointKey, message: FailedMessage, error: unknown): Promise<void>
}
