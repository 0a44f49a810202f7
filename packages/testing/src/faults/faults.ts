import { randomFrom } from '../random.ts'
import { waitingList, type WaitOptions } from '../waiting.ts'
import { checkFault, checkSeed, POINT } from './check-fault.ts'
import type { FaultPoint } from './points.ts'

/**
 * What goes wrong. `crash before commit`: the connection is cut before the commit is sent, so nothing
 * is committed. `commit unacknowledged`: the commit is done, and the connection is cut before the
 * answer. `connection lost`: the connection is cut before a statement, by default one that saves a
 * checkpoint or locks it. `lease lost`: before a checkpoint is saved or locked, somebody else takes its
 * epoch; never in a transaction that holds the checkpoint already, which nobody can take it from.
 * `wake-up lost`: a NOTIFY is not sent. `database restarted`: before a statement, by default a commit,
 * `restart` is called.
 */
export type FaultName =
  | 'crash before commit'
  | 'commit unacknowledged'
  | 'connection lost'
  | 'lease lost'
  | 'wake-up lost'
  | 'database restarted'

/** One fault, and when it strikes. */
export interface PlannedFault {
  readonly fault: FaultName
  /** Where. Default is the fault's own point; a commit's and a wake-up's have no other. */
  readonly before?: FaultPoint | undefined
  /**
   * At which passing of the point, 1 or more. Default is the first; not together with `chance`. A
   * subscription with a transaction a page passes `checkpoint` twice a page: it locks before the
   * handler, and saves after it.
   */
  readonly occurrence?: number | undefined
  /** How likely at each passing, 0 to 1, by the seed. Default is to go by `occurrence`. */
  readonly chance?: number | undefined
  /** How often it strikes at most, 1 or more, or Infinity. Default is once. */
  readonly times?: number | undefined
}

/** What {@link planFaults} plans. */
export interface FaultOptions {
  readonly faults: readonly PlannedFault[]
  /** An integer, for `chance`: the same seed and the same statements give the same faults. Default is 0. */
  readonly seed?: number | undefined
  /** Restarts the database, for `database restarted`: `() => server.restart({ mode: 'immediate' })`. */
  readonly restart?: (() => Promise<void>) | undefined
  /**
   * Takes a lease from its holder, for `lease lost`. Default raises the epoch of every checkpoint of
   * `mdb.checkpoint`, on a connection of its own.
   */
  readonly takeLease?: (() => Promise<void>) | undefined
}

/** A fault that has struck. */
export interface StruckFault {
  readonly fault: FaultName
  readonly point: FaultPoint
  /** Which passing of the point it was. */
  readonly occurrence: number
  /** The statement, or `commit`. */
  readonly sql: string
}

/** Faults to be given to `database.connect({ faults })`. Made by {@link planFaults}. */
export interface Faults {
  /** Those that have struck, in order. */
  readonly struck: readonly StruckFault[]
  /** Resolves when so many, 1 by default, have struck. */
  untilStruck(count?: number, options?: WaitOptions): Promise<void>
  /**
   * Which faults strike now, at these points. Called by connections, once a statement.
   *
   * @param holdsCheckpoint whether its transaction does, from an earlier statement. Default is false.
   */
  strike(
    points: ReadonlySet<FaultPoint>,
    sql: string,
    holdsCheckpoint?: boolean,
  ): readonly FaultName[]
  readonly restart: (() => Promise<void>) | undefined
  readonly takeLease: (() => Promise<void>) | undefined
}

/**
 * Plans what is to go wrong, by name and point, for the connections that are opened with it. On
 * PostgreSQL a connection is really cut; on PGlite, which has one, its user sees the same errors.
 *
 * @example
 * ```ts
 * import { isTransient } from '@mdb/core'
 * import { planFaults } from '@mdb/testing'
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 *
 * await using server = await startEmbeddedPostgres()
 * await using database = await server.createDatabase()
 * const faults = planFaults({ faults: [{ fault: 'commit unacknowledged' }] })
 * const store = database.store.using(database.connect({ faults }))
 *
 * const writing = store.db.transaction().execute(async (trx) => {
 *   await store.using(trx).writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} })
 * })
 * console.log(await writing.catch(isTransient)) // true: nobody can tell whether it was committed
 * console.log(await database.store.streamVersion('airport-SEA')) // 0n: it was
 * ```
 *
 * @returns the faults; `struck` says afterwards which of them struck, and where.
 * @throws {InvalidSettingError} for a fault that is none, a point it cannot have, or a number out of range.
 */
export function planFaults({ faults, seed = 0, restart, takeLease }: FaultOptions): Faults {
  for (const planned of faults) checkFault(planned, restart)
  checkSeed(seed)
  const random = randomFrom(seed)
  const plans = faults.map((planned) => ({ ...planned, passed: 0, left: planned.times ?? 1 }))
  const struck: StruckFault[] = []
  const waiting = waitingList()
  return {
    struck,
    restart,
    takeLease,
    strike(points, sql, holdsCheckpoint = false) {
      const now: FaultName[] = []
      for (const plan of plans) {
        const point = plan.before ?? POINT[plan.fault]
        // Who takes a lease would wait for the transaction, and the transaction for them.
        if (!points.has(point) || (plan.fault === 'lease lost' && holdsCheckpoint)) continue
        plan.passed += 1
        const due =
          plan.chance === undefined
            ? plan.passed >= (plan.occurrence ?? 1)
            : random.fraction() < plan.chance
        if (!due || plan.left === 0) continue
        plan.left -= 1
        now.push(plan.fault)
        struck.push({ fault: plan.fault, point, occurrence: plan.passed, sql })
      }
      if (now.length > 0) waiting.notify()
      return now
    },
    async untilStruck(count = 1, { signal } = {}) {
      await waiting.until(() => struck.length >= count || undefined, signal)
    },
  }
}
