import type { ConsumerGroup } from '@mdb/core'
import type { MemberEvent } from './consumer-group/member-event.ts'
import type { FailedMessage } from './errors.ts'

/** What a subscription was doing when the database failed it for a moment. */
export type Operation =
  | 'read'
  | 'load checkpoint'
  | 'claim checkpoint'
  | 'save checkpoint'
  | 'handle'
  | 'load parked'
  | 'park'
  | 'heartbeat'
  | 'read control'
  | 'acknowledge pause'

/** What every event says. */
export interface EventOrigin {
  readonly subscriptionId: string
  /** The member that it happened to; not there without a group, and where it concerns the group. */
  readonly consumerGroup?: ConsumerGroup | undefined
}

/** A transaction that has written, or is about to, and has not ended. */
export interface OpenWriter {
  /** The server's process, as in `pg_stat_activity`; undefined for a prepared transaction. */
  readonly pid: number | undefined
  /** The virtual transaction id, as in `pg_locks`. */
  readonly transaction: string
}

/** What a source of several categories waits for. */
export interface Waiting {
  /** The global position up to which it will be safe to read. */
  readonly position: bigint
  /** Milliseconds that it has waited so far. */
  readonly milliseconds: number
  readonly writers: readonly OpenWriter[]
}

/** What happens to a subscription, as it happens. Narrow by `type`. */
export type SubscriptionEvent = EventOrigin &
  (
    | MemberEvent
    | {
        /** The run begins: where it reads from, and the checkpoint it had, if any. */
        readonly type: 'started'
        readonly position: bigint
        readonly checkpoint: bigint | undefined
        /** The epoch of its claim on the checkpoint; undefined when the store knows no owners. */
        readonly epoch: bigint | undefined
      }
    | {
        /** Caught up: a page that was not full has been handled. */
        readonly type: 'live'
        readonly position: bigint | undefined
      }
    | {
        /** Fallen behind after it was live: a full page arrived. */
        readonly type: 'behind'
        readonly position: bigint | undefined
      }
    | {
        /**
         * Held by `pause`, or by an operator's `pauseSubscription`: no handler is in flight, and the place
         * is saved.
         */
        readonly type: 'paused'
        readonly position: bigint | undefined
      }
    | {
        /** It goes on after it was paused. */
        readonly type: 'resumed'
        readonly position: bigint | undefined
      }
    | {
        /**
         * Its checkpoint is not where it was: an operator has moved it with `seekSubscription`, or the
         * database has lost commits, and effects with them. It reads on from the position.
         */
        readonly type: 'moved'
        readonly reason: 'seek' | 'commits lost'
        readonly position: bigint
        /** Where the checkpoint is now. */
        readonly checkpoint: bigint | undefined
      }
    | {
        /**
         * There is something to read or to handle, and for `stallAfter` nothing has come of it. Once
         * a stall.
         */
        readonly type: 'stalled'
        readonly position: bigint | undefined
        /** Milliseconds without progress. */
        readonly milliseconds: number
      }
    | {
        /** It gets on again after it had stalled. */
        readonly type: 'progressing'
        readonly position: bigint | undefined
        /** Milliseconds that it had stood still. */
        readonly milliseconds: number
      }
    | {
        /** The database failed for a moment; the operation is tried again after the delay. */
        readonly type: 'reconnecting'
        readonly operation: Operation
        /** 1 for the first retry since the last success. */
        readonly attempt: number
        /** Milliseconds until the retry. */
        readonly delay: number
        readonly error: unknown
      }
    | {
        /** The operation succeeded again, after so many retries. */
        readonly type: 'reconnected'
        readonly operation: Operation
        readonly attempts: number
      }
    | ({
        /**
         * A source of several categories, or of all messages, has waited a second for transactions that
         * may still commit below the position; and again ten seconds later, and so on. It goes on when
         * they end.
         */
        readonly type: 'waiting'
      } & Waiting)
    | {
        /**
         * The standby has not replayed what is to be read next for a second; and again ten seconds
         * later, and so on. It goes on when the standby has.
         */
        readonly type: 'standby behind'
        /** The global position up to which the primary has messages. */
        readonly position: bigint
        /** Milliseconds that it has waited so far. */
        readonly milliseconds: number
      }
    | {
        /**
         * Pages come from another server than before. From the primary, because the standby is one no
         * longer, or follows another history than the primary; and back, when it is and does.
         */
        readonly type: 'reading from'
        readonly server: 'standby' | 'primary'
        /** Why the standby is not read. */
        readonly reason: 'promoted' | 'other timeline' | undefined
      }
    | {
        /**
         * The handler failed on a page. What a transaction wrote is rolled back, and the messages are
         * handled one by one, to find the one that fails.
         */
        readonly type: 'page failed'
        readonly messages: number
        readonly error: unknown
      }
    | {
        /** A handler failed, and is tried again after the delay. */
        readonly type: 'retrying'
        readonly message: FailedMessage
        /** How often it was tried. */
        readonly attempt: number
        /** Milliseconds until the retry. */
        readonly delay: number
        readonly error: unknown
      }
    | {
        /** A message was set aside after so many attempts; its stream is in quarantine. */
        readonly type: 'parked'
        readonly message: FailedMessage
        readonly attempts: number
        readonly error: unknown
      }
    | {
        /** A message was parked unattempted, behind another of its stream. */
        readonly type: 'parked behind'
        readonly message: FailedMessage
      }
    | {
        /** A message was given up after so many attempts. */
        readonly type: 'skipped'
        readonly message: FailedMessage
        readonly attempts: number
        readonly error: unknown
      }
    | {
        /** A parked message was handled after all. */
        readonly type: 'replayed'
        readonly message: FailedMessage
      }
    | {
        /** The handler failed on a parked message again: it stays, and its stream with it. */
        readonly type: 'replay failed'
        readonly message: FailedMessage
        /** How often it was tried in all. */
        readonly attempts: number
        readonly error: unknown
      }
    | {
        /** No message of the stream is parked any more: it goes on. */
        readonly type: 'released'
        readonly streamName: string
      }
    | {
        /** The position is saved. */
        readonly type: 'checkpointed'
        readonly position: bigint
      }
    | {
        /**
         * The place could not be saved at the end of a run that failed for another reason: what was
         * handled since the last save comes again.
         */
        readonly type: 'checkpoint failed'
        readonly position: bigint | undefined
        readonly error: unknown
      }
    | {
        /**
         * That the run is over could not be noted: an operator's `pauseSubscription` would wait for it
         * in vain, until the subscription runs again.
         */
        readonly type: 'release failed'
        readonly error: unknown
      }
    | {
        /** The run is over, normally or with the error it rejects with. The last event. */
        readonly type: 'ended'
        /** `fenced`: another run claimed the checkpoint, and this one failed for it. */
        readonly reason: 'aborted' | 'stopped' | 'caught up' | 'failed' | 'fenced'
        /** The last position handled. */
        readonly position: bigint | undefined
        /** Set when the reason is `failed` or `fenced`. */
        readonly error: unknown
      }
  )

/**
 * Told of every event, synchronously and in order. What an observer throws, or rejects with, does
 * not reach the subscription: it becomes a process warning with the code `MDB_OBSERVER`.
 */
export type Observer = (event: SubscriptionEvent) => void

/** Calls an observer so that nothing it does can harm the caller. */
export function notify(observer: Observer | undefined, event: SubscriptionEvent): void {
  if (observer === undefined) return
  try {
    // an async function is assignable to one that returns void
    const returned: unknown = observer(event)
    if (returned instanceof Promise) returned.catch(warn)
  } catch (error) {
    warn(error)
  }
}

function warn(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`An observer of a subscription failed: ${text}`, {
    type: 'ObserverWarning',
    code: 'MDB_OBSERVER',
  })
}

type WithoutId<E> = E extends unknown ? Omit<E, keyof EventOrigin> : never
export type EventWithoutId = WithoutId<SubscriptionEvent>
