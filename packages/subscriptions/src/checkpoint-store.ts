import type { Transaction } from 'kysely'
import type { GroupStore } from './consumer-group/group-store.ts'
import type { ControlStore } from './control/control-store.ts'
import type { ParkingStore } from './parking/parking-store.ts'

/** Whose checkpoint it is. Two keys that differ anywhere never share a checkpoint. */
export interface CheckpointKey {
  /** The subscription's `id`. */
  readonly subscriptionId: string
  /**
   * What is read: a stream name, which has an id; a category, which has none; several categories,
   * sorted, with commas between; or `$all`.
   */
  readonly source: string
  /** The group member and size; undefined without a group, which is not a group of one. */
  readonly consumerGroup?: { readonly member: number; readonly size: number } | undefined
}

/** The right to move a checkpoint. It holds until the next claim of the same key, or a seek. */
export interface Claim {
  /** 1 for the first claim of a key, one more for each that follows. */
  readonly epoch: bigint
  /**
   * What was saved last, when the key was claimed or since; undefined when nothing was. What is stored
   * is never below it, unless the database lost commits.
   */
  readonly position: bigint | undefined
  /**
   * The number of the last seek that moved the checkpoint: one that follows ends this claim's right to
   * save until it is taken up again. Undefined in a store that knows no seeks.
   */
  readonly seeks?: bigint | undefined
}

/**
 * Keeps the place of subscriptions: the position up to which everything is handled, or does not match
 * the source's filter. It is a global position for a category and the position in the stream for a
 * stream, where it is -1 before the first, and need not be the position of a message that was handled.
 *
 * `load` resolves to what was saved last, or undefined when nothing was. `save` resolves once the
 * position is durable. A checkpoint moves forward only: saving a position that is not above the one
 * stored changes nothing and is no error, also when several processes save at once. What is stored
 * under one key is never seen under another. Content that is not a checkpoint rejects with
 * `CheckpointFormatError`. Connection failures are thrown as they are: the subscription retries them.
 *
 * A store that knows owners has `claim`: it makes the caller the only owner of the key, and resolves
 * once what the owner before had in flight has ended. Where `signal` aborts while it waits for that, it
 * rejects with the signal's reason, and the owner before stays the owner, unless what it had in flight
 * ends just then. A `save` with a claim that another one has followed rejects with `FencedError` and
 * saves nothing. A run claims its key when it starts. With an
 * `epoch`, given out by a lease, the claim has that epoch, and rejects with `FencedError` when there
 * was one of a higher epoch; the same claim made again, by the same owner, succeeds again. A store with
 * `control` can have its checkpoints moved by a seek: a `save` with a claim from before rejects with
 * `CheckpointMovedError`, and saves nothing. It does so too when what is stored is below the claim's
 * `position`: a crash or a failover of the database has lost commits, and effects with them.
 */
export interface CheckpointStore {
  /** Whether a save writes a message into the store: then a source of all messages would read it. */
  readonly inMessages?: boolean | undefined
  /** Where its runs hear what operators ask of them; they hear nothing without. It needs `claim`. */
  readonly control?: ControlStore | undefined
  /** What was saved last, `undefined` when nothing was. */
  load(key: CheckpointKey): Promise<bigint | undefined>
  /** Saves a position, unless one that is as high is stored. */
  save(key: CheckpointKey, position: bigint, claim?: Claim): Promise<void>
  /** Takes the key over. `owner` names the process to whoever looks, and decides nothing. */
  claim?(key: CheckpointKey, owner: string, epoch?: bigint, signal?: AbortSignal): Promise<Claim>
}

/** Whether what is stored is below what was saved under a claim: the database lost commits. */
export function wentBack({ position }: Claim, stored: bigint | undefined): boolean {
  return position !== undefined && (stored === undefined || stored < position)
}

/** Whether a store keeps the place in a transaction, and messages that are set aside. */
export function isTransactional(
  store: CheckpointStore | undefined,
): store is TransactionalCheckpointStore {
  const { claim, saveIn, lockIn, parking } = (store ?? {}) as Partial<TransactionalCheckpointStore>
  return [claim, saveIn, lockIn, parking].every((each) => each !== undefined)
}

/**
 * Moves a checkpoint in a transaction, with whatever else the transaction writes.
 *
 * Both calls hold the key to the end of the transaction, so that a `claim` waits for it, and reject
 * with `FencedError` when the claim holds no longer, with `CheckpointMovedError` as `save`. `saveIn`
 * resolves to false, and changes nothing, when the position is not above the one stored: an earlier transaction, whose answer was lost, has
 * committed. `lockIn` moves nothing, and resolves to what is stored.
 */
export interface TransactionalCheckpointStore extends CheckpointStore {
  /** The Kysely that the table is reached by. The message store must stand on the same. */
  readonly db: object
  /** Milliseconds that the server lets a handler's transaction idle; undefined when not known. */
  readonly idleTimeout?: number | undefined
  /** Where messages are set aside, in the same database. */
  readonly parking: ParkingStore
  /** Runs in a transaction of that database; what it throws rolls it back. */
  transaction<T>(run: (trx: Transaction<unknown>) => Promise<T>): Promise<T>
  /** Takes the key over: see {@link CheckpointStore}. */
  claim(key: CheckpointKey, owner: string, epoch?: bigint, signal?: AbortSignal): Promise<Claim>
  /** Moves the checkpoint; `false` when it stands there or further already. */
  saveIn<DB>(
    trx: Transaction<DB>,
    key: CheckpointKey,
    claim: Claim,
    position: bigint,
  ): Promise<boolean>
  /** Holds the key without moving it, and resolves to what is stored. */
  lockIn<DB>(trx: Transaction<DB>, key: CheckpointKey, claim: Claim): Promise<bigint | undefined>
}

/** Checkpoints that elastic groups can be built on: leases are kept beside them. */
export interface ElasticCheckpointStore extends TransactionalCheckpointStore {
  /** The leases; `messageStore` is the schema of Message DB. */
  groups(messageStore: string): GroupStore
}

/**
 * The key as text, without ambiguity: `delays` or `delays+0+4` (member 0 of 4), then the source.
 * Subscription ids hold no `+`, which is what makes it so.
 */
export function checkpointKeyText(key: CheckpointKey): string {
  return `${memberText(key)} of ${key.source}`
}

/** `delays`, or `delays+0+4` for member 0 of a group of 4. */
export function memberText({ subscriptionId, consumerGroup }: CheckpointKey): string {
  if (consumerGroup === undefined) return subscriptionId
  return `${subscriptionId}+${consumerGroup.member}+${consumerGroup.size}`
}
