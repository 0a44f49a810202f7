import type { Change, Effect, TortureRecord } from './record.ts'
import { BATCH_SIZE, INTERVAL } from './subscription.ts'

/** What must hold of the runs of at-least-once subscriptions, however often they are cut short. */
export interface AtLeastOnce {
  readonly runs: number
  /** Saves of a place with a message before it that was neither handled nor parked by then. */
  readonly early: number
  /** Messages handled by a run although they were at or before the place when it claimed. */
  readonly behind: number
  /** Runs that repeated more messages of others than can have been unsaved. */
  readonly beyond: number
  /** Messages that a run handled first after a later one of their stream. */
  readonly backwards: number
}

/**
 * So many messages can be handled and not saved: those of an interval, and the rest of the page while
 * the save is tried. A run can repeat them twice: what was unsaved when it claimed, and what others
 * have handled since they claimed, when it stood still and does not know.
 */
const REPEATS = 2 * (INTERVAL + BATCH_SIZE)

export function judgeRuns(record: TortureRecord): AtLeastOnce {
  const runs = Map.groupBy(
    record.effects.filter(({ run }) => run !== undefined),
    ({ run }) => run?.name,
  )
  const claimed = claims(record.changes)
  const firstBy = new Map<number, Effect>()
  for (const effect of record.effects) {
    if (!firstBy.has(effect.globalPosition)) firstBy.set(effect.globalPosition, effect)
  }
  const isRepeat = ({ run, globalPosition }: Effect): boolean =>
    firstBy.get(globalPosition)?.run?.name !== run?.name
  const repeats = [...runs.values()].map(
    (effects) => new Set(effects.filter(isRepeat).map(({ globalPosition }) => globalPosition)).size,
  )
  return {
    runs: runs.size,
    early: countEarly(record),
    behind: record.effects.filter(
      ({ run, globalPosition }) =>
        run !== undefined && globalPosition <= (claimed.get(run.claim) ?? Infinity),
    ).length,
    beyond: repeats.filter((count) => count > REPEATS).length,
    backwards: [...runs.values()].map(countBackwards).reduce((sum, count) => sum + count, 0),
  }
}

/** Where each claim began: the place that its first change left alone. */
function claims(changes: readonly Change[]): Map<string, number> {
  const claimed = new Map<string, number>()
  for (const { claim, position = 0 } of changes) {
    if (!claimed.has(claim)) claimed.set(claim, position)
  }
  return claimed
}

function countEarly({ messages, effects, changes, parked }: TortureRecord): number {
  const settled = new Map(parked)
  for (const { globalPosition, at } of effects) {
    settled.set(globalPosition, Math.min(at, settled.get(globalPosition) ?? Infinity))
  }
  const members = Map.groupBy(changes, ({ size, member }) => `${size}/${member}`)
  let early = 0
  for (const saves of members.values()) {
    const [{ size, member }] = saves as [Change]
    const own = messages.filter(({ hash }) => memberOf(hash, size) === member)
    let index = 0
    let latest = 0
    // Places only move forward, and so does the time.
    for (const { at, position = 0 } of saves) {
      for (; index < own.length; index += 1) {
        const { globalPosition } = own[index] as { globalPosition: number }
        if (globalPosition > position) break
        latest = Math.max(latest, settled.get(globalPosition) ?? Infinity)
      }
      if (latest > at) early += 1
    }
  }
  return early
}

function memberOf(hash: bigint, size: number): number {
  return Number((hash < 0n ? -hash : hash) % BigInt(size))
}

/** Of each message its first effect in this run counts: a retry repeats it. */
function countBackwards(effects: readonly Effect[]): number {
  const last = new Map<string, number>()
  const seen = new Set<number>()
  let backwards = 0
  for (const { streamName, position, globalPosition } of effects) {
    if (seen.has(globalPosition)) continue
    seen.add(globalPosition)
    if (position < (last.get(streamName) ?? -1)) backwards += 1
    last.set(streamName, position)
  }
  return backwards
}
