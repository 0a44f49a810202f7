import type { Message } from '../message.ts'

/**
 * How a stream becomes state. Make it once, and fold any stream of its kind with `project`.
 *
 * @example
 * ```ts
 * import type { Message, Projection } from '@mdb/core'
 *
 * type AccountMessage =
 *   | Message<'Deposited', { amount: number }>
 *   | Message<'Withdrawn', { amount: number }>
 *
 * const account: Projection<{ balance: number }, AccountMessage> = {
 *   initial: () => ({ balance: 0 }),
 *   evolve({ balance }, { type, data }) {
 *     switch (type) {
 *       case 'Deposited':
 *         return { balance: balance + data.amount }
 *       case 'Withdrawn':
 *         return { balance: balance - data.amount }
 *     }
 *   },
 *   snapshots: { interval: 100 },
 * }
 * console.log(account.initial())
 * ```
 */
export interface Projection<State, M extends Message = Message> {
  /** Makes the state before the first message, anew for each fold. */
  readonly initial: () => State
  /**
   * Makes the state after a message; Eventide's `apply`. It is given every message of the stream:
   * return the state as it is for one that does not matter.
   */
  readonly evolve: (state: State, message: M) => State
  /** Keeps the state now and then, so that a fold need not begin at 0n. Default is not to. */
  readonly snapshots?: SnapshotOptions<State> | undefined
}

/**
 * How the state is kept: in the stream `<category>:snapshot-<id>`, in Eventide's layout, so that an
 * Eventide entity store of the same name goes on with it, and the other way round.
 *
 * A snapshot that cannot be used is passed over, and the stream is folded from its beginning: one
 * of another schema version, one that is not laid out as Eventide does, and one of a version that
 * the stream has no message at. Nothing is deleted: the next one that is due takes its place.
 */
export interface SnapshotOptions<State> {
  /**
   * After how many messages since the snapshot that was used another one is written, an integer of 1
   * or more. Default is never: snapshots are read, and written by somebody else.
   */
  readonly interval?: number | undefined
  /**
   * Which shape the state has: a text such as `'2'`. Change it when you change the shape or what
   * `evolve` does: snapshots of another version are passed over. Kept in the message's metadata,
   * where Eventide does not look. Default is none, as in Eventide's own.
   */
  readonly schemaVersion?: string | undefined
  /**
   * What stands before `:snapshot`. Default is the stream's category. Eventide takes the name of the
   * entity's class in camel case, and its specifier: `accountV2`.
   */
  readonly category?: string | undefined
  /**
   * Makes JSON of the state; Eventide's `raw_data`. Eventide expects keys in camel case. Default is
   * the state itself.
   */
  readonly toData?: ((state: State) => unknown) | undefined
  /** Makes a state of that JSON; Eventide's `instance`. Default is what the JSON says. */
  readonly fromData?: ((data: unknown) => State) | undefined
  /** The time to write into a snapshot. Default is that of the system's clock. */
  readonly now?: (() => Date) | undefined
}

/** What a stream was folded into. */
export interface Projected<State> {
  readonly state: State
  /** The version of the stream that was folded: give it to a write as its expected version. */
  readonly version: bigint | 'no-stream'
  /** The version of the snapshot that the fold began with, `undefined` when there was none. */
  readonly snapshotVersion: bigint | undefined
}
