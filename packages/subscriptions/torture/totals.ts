import { type Kysely, sql } from 'kysely'
import { type AtLeastOnce, judgeRuns } from './at-least-once.ts'
import type { TortureDatabase } from './database.ts'
import type { Mode } from './mode.ts'
import { type Effect, loadRecord, type TortureRecord } from './record.ts'

export interface Totals extends AtLeastOnce {
  readonly messages: number
  readonly effects: number
  /** Messages without an effect. */
  readonly lost: number
  /** Messages with more than one. At least once, as many as crashes and takeovers account for. */
  readonly doubled: number
  /** Effects without a message. */
  readonly phantoms: number
  /** Effects after those of a later message of their stream; at least once, the first of each message. */
  readonly disordered: number
  /** Messages that were parked, and replayed. */
  readonly parked: number
}

/** Compares what was done with what was written, message by message. */
export async function countTotals(db: Kysely<TortureDatabase>, mode: Mode): Promise<Totals> {
  const record = await loadRecord(db)
  const { messages, effects, parked } = record
  const written = new Set(messages.map(({ globalPosition }) => globalPosition))
  const done = firsts(effects)
  return {
    messages: messages.length,
    effects: effects.length,
    lost: messages.filter(({ globalPosition }) => !done.has(globalPosition)).length,
    doubled: countDoubled(effects),
    phantoms: effects.filter(({ globalPosition }) => !written.has(globalPosition)).length,
    disordered: countDisordered(mode === 'at-least-once' ? [...done.values()] : effects),
    parked: parked.size,
    ...judge(mode, record),
  }
}

function judge(mode: Mode, record: TortureRecord): AtLeastOnce {
  if (mode === 'at-least-once') return judgeRuns(record)
  return { runs: 0, early: 0, behind: 0, beyond: 0, backwards: 0 }
}

/** What must not be, and is: the totals that are not as they should be. */
export function faultsOf(mode: Mode, totals: Totals): Partial<Totals> {
  const { lost, doubled, phantoms, disordered, early, behind, beyond, backwards } = totals
  const never = { lost, phantoms, disordered, early, behind, beyond, backwards }
  const wrong = mode === 'at-least-once' ? never : { ...never, doubled }
  return Object.fromEntries(Object.entries(wrong).filter(([, count]) => count > 0))
}

/** How many messages have no effect yet. */
export async function countLost(db: Kysely<TortureDatabase>): Promise<number> {
  const { rows } = await sql<{ lost: number }>`
    select count(*)::int as lost from message_store.messages
    where message_store.category(stream_name) = 'flight'
      and global_position not in (select global_position from effect)
  `.execute(db)
  return rows[0]?.lost ?? 0
}

/** The first effect of each message. They come in the order of their doing. */
function firsts(effects: readonly Effect[]): Map<number, Effect> {
  const first = new Map<number, Effect>()
  for (const effect of effects) {
    if (!first.has(effect.globalPosition)) first.set(effect.globalPosition, effect)
  }
  return first
}

function countDoubled(effects: readonly Effect[]): number {
  const times = new Map<number, number>()
  for (const { globalPosition } of effects) {
    times.set(globalPosition, (times.get(globalPosition) ?? 0) + 1)
  }
  return [...times.values()].filter((count) => count > 1).length
}

/** How many come after a later one of their stream. */
export function countDisordered(effects: readonly Effect[]): number {
  const last = new Map<string, number>()
  let late = 0
  for (const { streamName, position } of effects) {
    if (position < (last.get(streamName) ?? -1)) late += 1
    last.set(streamName, position)
  }
  return late
}
