// The life of a subscription.
//
//   idle ──run──▶ behind ◀──full page──┐ ──▶ stopped   stop() or an abort
//                   │                  │ ──▶ failed    an error
//                   └─page not full──▶ live
//
// idle          made, not run yet.
// behind        running, and not known to have caught up. So it begins, and so it is again as soon
//               as a page comes back full, before that page is handled: there may be more behind it.
// live          caught up: a page that was not full, or was empty, has been handled.
// reconnecting  the database failed for a moment, while reading or at a checkpoint, and is tried
//               again. Afterwards the subscription is behind or live, as it was before.
// paused        held by pause() between two pages, until resume().
// standby       a process of an elastic group that holds no member: others have them all.
// stopped       ended normally. The handler in flight has finished, what was handled is saved.
// failed        ended by an error: the handler's, the source's, or the checkpoint store's; or fenced,
//               because another run has claimed the checkpoint.
//
// `stop()` and the run's signal do the same under two names. Both abort the signal that the handler,
// the sleep and the read in flight have. A run has one outcome, and 'ended' is its last event.

/** What a subscription is doing. */
export type SubscriptionState =
  | 'idle'
  | 'behind'
  | 'live'
  | 'reconnecting'
  | 'paused'
  | 'standby'
  | 'stopped'
  | 'failed'

/** How a run ended, when it ended normally. */
export interface SubscriptionEnd {
  /**
   * `aborted` by the run's signal, `stopped` by `stop()`, or `caught up` as `until` says: whichever
   * came first.
   */
  readonly reason: 'aborted' | 'stopped' | 'caught up'
  /** How far it came, now or in an earlier run; undefined when it never moved. */
  readonly position: bigint | undefined
}

/** What `run` takes. */
export interface RunOptions {
  /** Ends the run normally, as `stop()` does. Default is no signal. */
  readonly signal?: AbortSignal | undefined
  /**
   * `caught up` ends the run normally as soon as it is live: when a page that was not full has been
   * handled. Not for an elastic group, where nobody has all members. Default is to go on.
   */
  readonly until?: 'caught up' | undefined
}

/** A consumer of a stream or a category that keeps its place. Made by `subscribe`. */
export interface Subscription {
  readonly id: string
  readonly state: SubscriptionState
  /**
   * How far it is: everything up to here is handled, or does not match the source's filter. Global
   * for a category, in the stream for a stream.
   */
  readonly position: bigint | undefined

  /**
   * Reads and handles until it is stopped, aborted, or fails. A subscription runs once.
   *
   * @returns how it ended, after the handler in flight has finished and the place is saved
   * @throws HandlerError when the handler fails
   * @throws FencedError when another run has claimed the checkpoint
   * @throws SourceError when the source cannot be read, and would not be by trying again
   * @throws CheckpointError, CheckpointFormatError, CheckpointSharedError or
   *   CheckpointsNotInstalledError when the place cannot be loaded or saved
   * @throws InvalidOptionError for an `until` that there is not
   * @throws AlreadyRunError when it is run a second time
   */
  run(options?: RunOptions): Promise<SubscriptionEnd>

  /**
   * Holds the run after the page in flight, with its place saved and its state `paused`, until
   * `resume`. The claim and the leases stay with it. May be called at any time, before `run` too; not
   * known to other processes, and not kept. Resolves when no handler is in flight any more, or the run
   * is over, and never rejects. A handler that calls it must not wait for it.
   */
  pause(): Promise<void>

  /** Goes on after `pause`. Does nothing when it is not paused. */
  resume(): void

  /**
   * Ends the run normally. May be called at any time and any number of times, before `run` too.
   * Resolves when the run is over, and never rejects: a failure is told by `run`. A handler that
   * calls it must not wait for it, since it waits for the handler.
   */
  stop(): Promise<void>
}
