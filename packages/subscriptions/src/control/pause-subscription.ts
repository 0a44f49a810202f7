import type { ConsumerGroup } from '@mdb/core'
import { type Kysely, sql } from 'kysely'
import { explained, onTable } from '../checkpoints/checkpoint-table.ts'
import { type Clock, systemClock } from '../clock.ts'
import { InvalidOptionError, NotPausedError } from '../errors.ts'
import { resolveBackoff, untilItSucceeds } from '../reconnect.ts'
import { requireDelay } from '../validate-delay.ts'
import type { ControlKey } from './control-store.ts'
import { type ControlledMember, readMembers } from './members.ts'
import { type SubscriptionControlOptions, subjectOf } from './subject.ts'
import { readControls } from './table-control.ts'

/** What `pauseSubscription` takes. */
export interface PauseSubscriptionOptions extends SubscriptionControlOptions {
  /** Whether to wait until all runs stand. Default is true. */
  readonly wait?: boolean | undefined
  /** Milliseconds after which it waits no longer. 1 or more, default 30,000. */
  readonly timeout?: number | undefined
  /** Milliseconds between two looks whether they stand. 1 or more, default 50. */
  readonly interval?: number | undefined
  /** Ends the wait: it rejects with the signal's reason. The pause stays. Default is no signal. */
  readonly signal?: AbortSignal | undefined
  /** Time. Default is the machine's. */
  readonly clock?: Clock | undefined
}

/** A subscription without a group, or a member of its group, and whether a run of it stands. */
export interface PausedMember {
  /** The member; undefined without a group. */
  readonly consumerGroup: ConsumerGroup | undefined
  /** The position that is saved; undefined when none is. */
  readonly position: bigint | undefined
  /** The process that has it, as `host:pid`; undefined when none does. */
  readonly owner: string | undefined
  /**
   * `paused`: its run has said that it stands, with its place saved. `not running`: nobody runs it, and
   * whoever begins will stand at once. `running`: it has not heard yet, or has a page in flight.
   */
  readonly state: 'paused' | 'not running' | 'running'
}

/**
 * Pauses a subscription in all processes that run it, a group with all its members, until
 * `resumeSubscription`. It is kept in `mdb.subscription_control`: who starts, or starts again, meanwhile
 * stands at once. Each run looks at least every `controlInterval`, finishes the page in flight, saves
 * the place, says that it stands, and keeps its claim or lease.
 *
 * It resolves once all have said so: nothing is handled any more, until it is resumed. A run that was
 * killed cannot say that it is gone: it is waited for until its process runs again, or the lease of
 * its member is over. A run that was taken over is not asked: at least once it may handle on until its
 * next save, at which it is fenced. Those that keep their place elsewhere than in `tableCheckpoints` hear
 * nothing.
 *
 * A pause may be asked for again: the second call waits for the same. `subscription.resume()` in one of
 * the processes does not end it, and `resumeSubscription` does not end a `subscription.pause()`.
 *
 * @example
 * ```ts
 * import { pauseSubscription, resumeSubscription } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await installCheckpoints(db)
 * const delays = { id: 'delays', source: { category: 'airport' } }
 * console.log(await pauseSubscription(db, delays)) // [], it has not run yet: it will begin paused
 * console.log(await resumeSubscription(db, delays)) // { resumed: true }
 * ```
 *
 * @param db a Kysely on the primary; no transaction, which nobody would see before it commits
 * @returns one for each that has a checkpoint or a lease; with `wait: false` as they are now
 * @throws {NotPausedError} when some have not said in time that they stand, or it was resumed
 *   meanwhile. After a timeout the pause stays: ask again, or resume.
 * @throws {InvalidOptionError} when an option is missing or out of range
 * @throws {CheckpointsNotInstalledError} when there are no tables, or older ones
 * @throws the signal's reason when it aborts
 */
export async function pauseSubscription<DB>(
  db: Kysely<DB>,
  options: PauseSubscriptionOptions,
): Promise<readonly PausedMember[]> {
  const { id, schema = 'mdb', wait = true, timeout = 30_000, interval = 50 } = options
  const { clock = systemClock } = options
  const key = subjectOf(options)
  requireDelay('timeout', timeout)
  requireDelay('interval', interval)
  if (db.isTransaction) {
    throw new InvalidOptionError('db', 'a transaction', 'must be a Kysely, not a transaction')
  }
  options.signal?.throwIfAborted()

  const late = new AbortController()
  const over = new AbortController()
  const signal = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])])
  void clock.sleep(timeout, over.signal).then(() => late.abort())
  let trouble: unknown
  const retry = <T>(run: () => Promise<T>): Promise<{ readonly value: T } | undefined> =>
    untilItSucceeds(run, {
      backoff: resolveBackoff({}),
      clock,
      signal,
      limit: Infinity,
      mayBeLeft: true,
      onRetry: (_attempt, _delay, error) => void (trouble = error),
      onRecovered: () => void (trouble = undefined),
    })

  let members: readonly PausedMember[] | undefined
  try {
    const asked = await retry(() => askToPause(db, schema, key))
    while (!signal.aborted) {
      if (asked === undefined) break
      const looked = await retry(() => look(db, { schema, key, pause: asked.value }))
      if (looked === undefined) break
      members = looked.value.members
      if (!wait) return members
      if (looked.value.isOver) throw new NotPausedError({ subscriptionId: id, members }, trouble)
      if (members.every(({ state }) => state !== 'running')) return members
      await clock.sleep(interval, signal)
    }
  } finally {
    over.abort()
  }
  options.signal?.throwIfAborted()
  throw new NotPausedError({ subscriptionId: id, timeout, members }, trouble)
}

/** The number of the pause. Of one that is on already the same: asking again changes nothing. */
async function askToPause(db: unknown, schema: string, key: ControlKey): Promise<bigint> {
  const now = sql<string>`clock_timestamp()`
  const query = onTable(db, schema)
    .insertInto('subscription_control')
    .values({
      subscription_id: key.subscriptionId,
      source: key.source,
      pauses: '1',
      paused_at: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['subscription_id', 'source']).doUpdateSet({
        pauses: sql`subscription_control.pauses
          + case when subscription_control.paused_at is null then 1 else 0 end`,
        paused_at: sql`coalesce(subscription_control.paused_at, ${now})`,
      }),
    )
    .returning(sql<string>`pauses::text`.as('pauses'))
    .executeTakeFirstOrThrow()
  return BigInt((await explained(schema, query, 'subscription_control')).pauses)
}

interface Asked {
  readonly schema: string
  readonly key: ControlKey
  readonly pause: bigint
}

/** Where each is, and whether somebody has resumed it. */
async function look(
  db: unknown,
  { schema, key, pause }: Asked,
): Promise<{ readonly members: readonly PausedMember[]; readonly isOver: boolean }> {
  const members = await explained(schema, readMembers(db, schema, key))
  const controls = await readControls(onTable(db, schema), [key.subscriptionId])
  const control = controls.find(({ source }) => source === key.source)
  return {
    members: members.map((member) => toPausedMember(member, pause)),
    isOver: control?.isPaused !== true || BigInt(control.pauses) !== pause,
  }
}

function toPausedMember(
  { consumerGroup, position, owner, isRunning, acknowledged }: ControlledMember,
  pause: bigint,
): PausedMember {
  if (!isRunning) return { consumerGroup, position, owner: undefined, state: 'not running' }
  return { consumerGroup, position, owner, state: acknowledged === pause ? 'paused' : 'running' }
}
