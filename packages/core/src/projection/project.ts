import { sql } from 'kysely'
import { createSession } from '../create-session.ts'
import { InvalidOptionError } from '../errors.ts'
import type { CallOptions, MessageStore } from '../message-store.ts'
import type { Message } from '../message.ts'
import type { ReadingOptions } from '../reading/reading-options.ts'
import { checkCategory, checkStreamToRead } from '../validate-read.ts'
import type { Projected, Projection, SnapshotOptions } from './projection.ts'
import {
  fromSnapshotMessage,
  type Snapshot,
  snapshotStreamName,
  toSnapshotMessage,
} from './snapshot.ts'

/** What `project` takes besides the projection. */
export interface ProjectOptions extends Pick<ReadingOptions, 'signal' | 'prefetch'> {
  /** How many messages a page has at most. Default is 1000. */
  readonly batchSize?: number | undefined
}

/**
 * Folds a stream into state, from its last usable snapshot on, and keeps another one when it is
 * due. The version that comes with the state makes a write safe: nobody wrote in between.
 *
 * In a transaction the snapshot is part of it, and takes the lock of the snapshots' category. Where
 * nothing can be written, in a read-only transaction or on a standby, none is kept.
 *
 * @example
 * ```ts
 * import { type Message, project } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * type Deposited = Message<'Deposited', { amount: number }>
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * await store.writeMessage('account-123', { type: 'Deposited', data: { amount: 5 } })
 *
 * const { state, version } = await project(store, 'account-123', {
 *   initial: () => ({ balance: 0 }),
 *   evolve: ({ balance }, { data }: Deposited) => ({ balance: balance + data.amount }),
 *   snapshots: { interval: 100 },
 * })
 * console.log(state) // { balance: 5 }
 * const withdrawn = { type: 'Withdrawn', data: { amount: 3 } }
 * await store.writeMessage('account-123', withdrawn, { expectedVersion: version })
 * ```
 *
 * @returns the state, the stream's version, and that of the snapshot it began with.
 * @throws {NotAStreamNameError} {@link InvalidStreamNameError} {@link NotACategoryError}
 *   {@link InvalidOptionError} before anything is sent; what `readStream` and `writeMessage` throw,
 *   {@link InvalidMessageError} for a state that is not JSON; what the projection's functions throw.
 *
 * After Eventide's entity store, projection and `entity_snapshot-postgres`.
 */
export async function project<DB, State, M extends Message = Message>(
  store: MessageStore<DB>,
  streamName: string,
  projection: Projection<State, M>,
  options: ProjectOptions = {},
): Promise<Projected<State>> {
  const { snapshots } = projection
  checkStreamToRead(streamName)
  if (snapshots !== undefined) checkSnapshotOptions(snapshots)

  const snapshot = snapshots && (await readSnapshot(store, streamName, snapshots, options))
  const projected =
    (snapshot && (await fold(store, streamName, projection, options, snapshot))) ??
    (await fold(store, streamName, projection, options))
  // A fold without a snapshot always has a result.
  const result = projected as Projected<State>
  if (snapshots !== undefined) await keepWhenDue(store, streamName, result, snapshots, options)
  return result
}

/** `undefined` when the stream has no message at the snapshot's version. */
async function fold<DB, State, M extends Message>(
  store: MessageStore<DB>,
  streamName: string,
  { initial, evolve, snapshots }: Projection<State, M>,
  options: ProjectOptions,
  snapshot?: Snapshot,
): Promise<Projected<State> | undefined> {
  // The message that was folded last is read again: it shows that the stream is the one kept.
  const position = snapshot?.version ?? 0n
  let state: State | undefined
  let version: bigint | undefined
  for await (const message of store.readStream<M>(streamName, { ...options, position })) {
    if (version !== undefined) state = evolve(state as State, message)
    else if (snapshot === undefined) state = evolve(initial(), message)
    else if (message.position !== position) return undefined
    else state = restore(snapshot, snapshots)
    version = message.position
  }
  if (version !== undefined) {
    return { state: state as State, version, snapshotVersion: snapshot?.version }
  }
  if (snapshot !== undefined) return undefined
  return { state: initial(), version: 'no-stream', snapshotVersion: undefined }
}

function restore<State>({ data }: Snapshot, snapshots: SnapshotOptions<State> | undefined): State {
  // What it holds is what was kept: this schema version says so.
  return snapshots?.fromData === undefined ? (data as State) : snapshots.fromData(data)
}

async function readSnapshot<DB, State>(
  store: MessageStore<DB>,
  streamName: string,
  { category, schemaVersion }: SnapshotOptions<State>,
  { signal }: ProjectOptions,
): Promise<Snapshot | undefined> {
  const name = snapshotStreamName(streamName, category)
  const last = await store.getLastStreamMessage(name, { signal })
  return last && fromSnapshotMessage(last, schemaVersion)
}

async function keepWhenDue<DB, State>(
  store: MessageStore<DB>,
  streamName: string,
  { state, version, snapshotVersion = -1n }: Projected<State>,
  snapshots: SnapshotOptions<State>,
  { signal }: ProjectOptions,
): Promise<void> {
  const { interval, category, schemaVersion, toData, now } = snapshots
  if (interval === undefined || version === 'no-stream') return
  if (version - snapshotVersion < BigInt(interval)) return
  if (await isReadOnly(store, { signal })) return
  const data = toData === undefined ? state : toData(state)
  const message = toSnapshotMessage(
    { data, version },
    { time: now?.() ?? new Date(), schemaVersion },
  )
  await store.writeMessage(snapshotStreamName(streamName, category), message, { signal })
}

/** Whether nothing can be written here. To find out by trying would end the caller's transaction. */
async function isReadOnly<DB>(store: MessageStore<DB>, options: CallOptions): Promise<boolean> {
  const setting = sql`current_setting('transaction_read_only')`
  return (await createSession(store.db, store).readValue(setting, options)) === 'on'
}

function checkSnapshotOptions<State>({ interval, category }: SnapshotOptions<State>): void {
  if (category !== undefined) checkCategory(category)
  if (interval !== undefined && (!Number.isSafeInteger(interval) || interval < 1)) {
    throw new InvalidOptionError('snapshots.interval', interval, 'an integer of 1 or more')
  }
}
