import { InvalidSettingError } from '../errors.ts'
import { randomFrom } from '../random.ts'
import type { FaultPoint } from './points.ts'

/**
 * What goes wrong. `crash before commit`: the connection is cut before the commit is sent, so nothing
 * is committed. `commit unacknowledged`: the commit is done, and the connection is cut before the
 * answer. `connection lost`: the connection is cut before a statement, by default one that saves a
 * checkpoint. `lease lost`: before a checkpoint is saved, somebody else takes its epoch. `wake-up
 * lost`: a NOTIFY is not sent. `database restarted`: before a statement, by default a commit, `restart`
 * is called.
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
  /** At which passing of the point, 1 or more. Default is the first; not together with `chance`. */
  readonly occurrence?: number | undefined
  /** How likely at each passing, 0 to 1, by the seed. Default is to go by `occurrence`. */
  readonly chance?: number | undefined
  /** How often it strikes at most. Default is once. */
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
  untilStruck(count?: number): Promise<void>
  /** Which faults strike now, at these points. Called by connections, once a statement. */
  strike(points: ReadonlySet<FaultPoint>, sql: string): readonly FaultName[]
  readonly restart: (() => Promise<void>) | undefined
  readonly takeLease: (() => Promise<void>) | undefined
}

const POINT: Readonly<Record<FaultName, FaultPoint>> = {
  'crash before commit': 'commit',
  'commit unacknowledged': 'commit',
  'connection lost': 'checkpoint',
  'lease lost': 'checkpoint',
  'wake-up lost': 'wake-up',
  'database restarted': 'commit',
}
const FIXED: ReadonlySet<FaultName> = new Set<FaultName>([
  'crash before commit',
  'commit unacknowledged',
  'wake-up lost',
])

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
  for (const planned of faults) check(planned, restart)
  const random = randomFrom(seed)
  const plans = faults.map((planned) => ({ ...planned, passed: 0, left: planned.times ?? 1 }))
  const struck: StruckFault[] = []
  let waiting: (() => void)[] = []
  return {
    struck,
    restart,
    takeLease,
    strike(points, sql) {
      const now: FaultName[] = []
      for (const plan of plans) {
        const point = plan.before ?? POINT[plan.fault]
        if (!points.has(point)) continue
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
      if (now.length > 0) {
        for (const notice of waiting) notice()
        waiting = []
      }
      return now
    },
    async untilStruck(count = 1) {
      while (struck.length < count) {
        await new Promise<void>((resolve) => void waiting.push(resolve))
      }
    },
  }
}

function check(
  { fault, before, occurrence, chance, times }: PlannedFault,
  restart: FaultOptions['restart'],
): void {
  if (!(fault in POINT)) {
    throw new InvalidSettingError('fault', fault, `one of ${Object.keys(POINT).join(', ')}`)
  }
  if (FIXED.has(fault) && before !== undefined && before !== POINT[fault]) {
    throw new InvalidSettingError(`before of ${fault}`, before, `'${POINT[fault]}', or left out`)
  }
  if (occurrence !== undefined && !(Number.isSafeInteger(occurrence) && occurrence >= 1)) {
    throw new InvalidSettingError('occurrence', occurrence, 'an integer of 1 or more')
  }
  if (chance !== undefined && !(chance >= 0 && chance <= 1 && occurrence === undefined)) {
    throw new InvalidSettingError('chance', chance, '0 to 1, and without occurrence')
  }
  if (times !== undefined && !(times >= 1)) {
    throw new InvalidSettingError('times', times, '1 or more')
  }
  if (fault === 'database restarted' && restart === undefined) {
    throw new InvalidSettingError('restart', restart, 'a function, for a database to be restarted')
  }
}
