import { setImmediate } from 'node:timers/promises'
import { createSession } from '../create-session.ts'
import { WriteOutcomeUnknownError } from '../errors.ts'
import type { MessageStore } from '../message-store.ts'
import type { Session } from '../session.ts'
import type { CallContext } from '../translate-error.ts'
import { judge } from './failure.ts'
import { type Outcome, toOutcomes } from './group-outcome.ts'
import { settleUnit } from './settle-unit.ts'
import type { UnitQueue } from './unit-queue.ts'
import type { Unit } from './unit.ts'
import { writeGroup } from './write-group.ts'

export interface LaneOptions<DB> {
  /** What of the store it writes with. */
  readonly store: Pick<MessageStore<DB>, 'db' | 'schema' | 'json'>
  readonly maxBatch: number
  /** Told that the lane ends, before anything else can happen. */
  readonly onEmpty: () => void
}

/**
 * Writes the units of one category, in the order of its queue: a group at a time, which gathers while
 * the one before it is being committed. Ends when the queue is empty.
 */
export async function runLane<DB>(queue: UnitQueue, options: LaneOptions<DB>): Promise<void> {
  for (;;) {
    // Those that call in the same turn, and those that a group has just answered, get to write.
    await setImmediate()
    const group = queue.takeGroup(options.maxBatch)
    // In the same breath, so that no unit is added to a queue that nobody looks at again.
    if (group.length === 0) return options.onEmpty()
    await writeUnits(group, options)
  }
}

async function writeUnits<DB>(units: readonly Unit[], options: LaneOptions<DB>): Promise<void> {
  const { store } = options
  let sent = false
  try {
    // A connection of its own, to tell a statement that was sent from one that never was.
    const value = await store.db.connection().execute(async (connection) => {
      const session = createSession(connection, store)
      sent = true
      return session.readValue(writeGroup(units, session.target), {}, contextOf(units))
    })
    await settleAll(units, value as string, createSession(store.db, store))
  } catch (error) {
    await fail(units, error, sent, options)
  }
}

async function fail<DB>(
  units: readonly Unit[],
  error: unknown,
  sent: boolean,
  options: LaneOptions<DB>,
): Promise<void> {
  const failure = sent ? judge(error) : 'of all'
  const [only, ...others] = units
  if (failure === 'of one' && only !== undefined) {
    const { store } = options
    if (others.length === 0) {
      return settle(createSession(store.db, store), only, { kind: 'refused', error })
    }
    for (const unit of units) await writeUnits([unit], options)
    return
  }
  for (const unit of units) {
    const ids = unit.batch.map(({ id }) => id)
    unit.settle.reject(
      failure === 'unknown'
        ? new WriteOutcomeUnknownError(unit.streamName, ids, { cause: error })
        : error,
    )
  }
}

// What an idempotent write has to look up comes before the next group, which may write its ids.
async function settleAll(units: readonly Unit[], value: string, session: Session): Promise<void> {
  await Promise.all(
    toOutcomes(units, value).map(async (outcome, index) =>
      settle(session, units[index] as Unit, outcome),
    ),
  )
}

async function settle(session: Session, unit: Unit, outcome: Outcome): Promise<void> {
  await settleUnit(session, unit, outcome).then(unit.settle.resolve, unit.settle.reject)
}

// What the server says of a message that is alone is about that message.
function contextOf([only, ...others]: readonly Unit[]): CallContext {
  if (only?.alone !== true || others.length > 0) return {}
  const { streamName, expectedVersion, batch } = only
  return { streamName, expectedVersion, messageId: batch[0]?.id }
}
