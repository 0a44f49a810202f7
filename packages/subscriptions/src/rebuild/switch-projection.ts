import type { Kysely, Transaction } from 'kysely'
import { type Clock, systemClock } from '../clock.ts'
import { InvalidOptionError } from '../errors.ts'
import { requireDelay } from '../validate-delay.ts'
import { holdPlaces, missingMembers, readPlaces, retire } from './places.ts'
import { hasReached } from './reached.ts'
import { isSwitched } from './require-switchable.ts'

/** What `switchProjection` takes. */
export interface SwitchProjectionOptions<DB> {
  /** The `id` of the subscription that is replaced. It may run, or not. */
  readonly from: string
  /** The `id` of the one that takes its place. It runs, or has caught up. */
  readonly to: string
  /** Puts the new tables in the place of the old ones: replaces a view, or renames tables. */
  readonly switch: (trx: Transaction<DB>) => unknown
  /**
   * For how many milliseconds the old one is held up at a time while the new one handles the last
   * messages. When they do not suffice it goes on, and is held up again later. Default is 2,000.
   */
  readonly hold?: number | undefined
  /** Ends the wait for the new one to catch up. */
  readonly signal?: AbortSignal | undefined
  /** The schema of the checkpoints. Default is `mdb`. */
  readonly schema?: string | undefined
  /** The schema of Message DB. Default is `message_store`. */
  readonly messageStore?: string | undefined
  /** For tests. Default is the system's. */
  readonly clock?: Clock | undefined
}

const POLL = 20

/**
 * Puts the new version of a projection in the place of the old one, once it has caught up: in one
 * transaction it holds the old subscription, sees that the new one has handled all that the old one
 * has, calls `switch`, fences the old one and retires its id. So readers see the old one and then the
 * new one, never less than before. The old run ends with `FencedError`; the next claim of its
 * checkpoint rejects with `SubscriptionRetiredError`. Both keep their places with `tableCheckpoints`,
 * on the same sources and without consumer groups.
 *
 * @example
 * ```ts
 * import { subscribe, switchProjection, tableCheckpoints } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await installCheckpoints(db)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} })
 * for (const id of ['delays', 'delays/2']) {
 *   const subscription = subscribe(store, {
 *     id,
 *     source: { category: 'airport' },
 *     checkpoints: tableCheckpoints(db),
 *     handler: () => {},
 *     observer: ({ type }) => void (type === 'live' && subscription.stop()),
 *   })
 *   await subscription.run()
 * }
 * console.log(await switchProjection(db, { from: 'delays', to: 'delays/2', switch: () => {} }))
 * // { switched: true }
 * ```
 *
 * @returns `switched`: false when it was done before, and then `switch` is not called: it is safe to
 *   call again when the answer was lost.
 * @throws {InvalidOptionError} when `from` has no checkpoint, either has checkpoints of static groups of
 *   several sizes, or `db` is a transaction.
 * @throws {SubscriptionRetiredError} when either was replaced by another one.
 * @throws the reason of `signal`, and what `switch` throws: then nothing has changed.
 */
export async function switchProjection<DB>(
  db: Kysely<DB>,
  options: SwitchProjectionOptions<DB>,
): Promise<{ readonly switched: boolean }> {
  const { from, to, hold = 2_000, signal, schema = 'mdb', clock = systemClock } = options
  const { messageStore = 'message_store' } = options
  requireDelay('hold', hold)
  if (from === to) throw new InvalidOptionError('to', to, 'must be another id than from')
  if (db.isTransaction) {
    throw new InvalidOptionError('db', 'a transaction', 'must be a Kysely, not a transaction')
  }
  const never = new AbortController().signal
  const pause = () => clock.sleep(POLL, signal ?? never)

  for (;;) {
    signal?.throwIfAborted()
    const places = {
      from: await readPlaces(db, schema, from),
      to: await readPlaces(db, schema, to),
    }
    if (isSwitched(options, places)) return { switched: false }
    if (await hasReached(db, messageStore, places)) {
      const switched = await db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((trx) => switchIn(trx))
      if (switched !== undefined) return { switched }
    }
    await pause()
  }

  /** Undefined when the new one is still behind after `hold`, or the old one is being resized. */
  async function switchIn(trx: Transaction<DB>): Promise<boolean | undefined> {
    const held = await holdPlaces(trx, schema, from)
    const until = clock.now() + hold
    for (;;) {
      const places = { from: held, to: await readPlaces(trx, schema, to) }
      if (isSwitched(options, places)) return false
      // No resize gets by what is held; one that was further may go on beside it.
      if (held.some(({ resizing }) => resizing) || missingMembers(held).length > 0) return undefined
      if (await hasReached(trx, messageStore, places)) break
      if (clock.now() >= until || signal?.aborted === true) return undefined
      await pause()
    }
    // What the new one has in flight ends first, and it is not replaced in the meantime.
    isSwitched(options, { from: held, to: await holdPlaces(trx, schema, to) })
    await options.switch(trx)
    await retire(trx as unknown as Kysely<never>, schema, options)
    return true
  }
}
