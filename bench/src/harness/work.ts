import type { Bench } from '../setup/bench.ts'
import type { Toolkit } from '../setup/toolkit.ts'

/** One way of doing a work. */
export interface Contender {
  /** Makes what the next run takes, while the clock stands still. */
  arrange?: (() => Promise<void>) | undefined
  /**
   * Does the work once. Says how many messages that were; of a work that measures values, the value
   * itself, such as milliseconds.
   */
  run: () => Promise<number>
  /** Lets go of connections. */
  close?: (() => Promise<unknown>) | undefined
}

/** What somebody else's way is to ours: a competitor, or what the server can do at most. */
export type Role = 'plain' | 'peer' | 'limit' | 'ours'

export interface Other {
  readonly role: Role
  readonly open: (bench: Bench) => Promise<Contender>
}

export interface Goal {
  /** Which of the others; of several, the best in this run. */
  readonly against: string | readonly string[]
  /** Of works that measure a rate: ours is at least so many times theirs. */
  readonly atLeast?: number
  /** Of works that measure a cost: ours is at most so many times theirs. */
  readonly atMost?: number
  /** Of values, which quantile of a slice. Default is 0.5. */
  readonly quantile?: number
}

export interface Work {
  readonly name: string
  readonly title: string
  /** Messages per second, where more is better; or a value of this unit, where less is. */
  readonly unit: 'messages/s' | 'ms' | 'statements/s'
  /** Fills what the contenders share, before the first one opens. */
  readonly prepare?: (bench: Bench) => Promise<void>
  readonly ours: (bench: Bench, toolkit: Toolkit) => Promise<Contender>
  readonly others: Readonly<Record<string, Other>>
  readonly goals: readonly Goal[]
  /** How long a slice is, against the usual. Default is 1. */
  readonly slice?: number
}

/** Our own way, among the others' names. */
export const OURS = 'ours'
