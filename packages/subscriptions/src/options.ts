import type { BatchSize, ConsumerGroup, Message, MessageStore } from '@mdb/core'
import type { IsolationLevel, Transaction } from 'kysely'
import type { CheckpointInterval } from './checkpoint-progress.ts'
import type { CheckpointStore, TransactionalCheckpointStore } from './checkpoint-store.ts'
import { type Clock, systemClock } from './clock.ts'
import { stopAlways } from './failure/policies.ts'
import type { FailurePolicy } from './failure/verdict.ts'
import type { ReadableStore } from './message-source.ts'
import type { Observer } from './observer.ts'
import { exponentialBackoff } from './polling/exponential-backoff.ts'
import type { PollingStrategy } from './polling/polling-strategy.ts'
import { type Backoff, type ReconnectOptions, resolveBackoff } from './reconnect.ts'
import type { CategorySourceOptions } from './sources/category.ts'
import type { AllSourceOptions, CategoriesSourceOptions } from './sources/global.ts'
import type { StreamSourceOptions } from './sources/stream.ts'
import type { WakeUps } from './wake-ups/wake-ups.ts'
import { validateOptions } from './validate-options.ts'

/** Which messages a subscription reads: a stream, a category, several categories, or all. */
export type SourceOptions =
  | StreamSourceOptions
  | CategorySourceOptions
  | CategoriesSourceOptions
  | AllSourceOptions

/** What a handler gets besides the message. */
export interface HandlerContext {
  /** The id of the subscription. */
  readonly subscriptionId: string
  /** The member that the message belongs to, of an elastic group too; not there without a group. */
  readonly consumerGroup?: ConsumerGroup | undefined
  /** Aborts when the subscription is stopped or aborted: pass it on to what takes long. */
  readonly signal: AbortSignal
}

/**
 * Handles one message. What it returns is awaited, and then ignored: the next message is handled
 * after it. What it throws ends the subscription, a connection error of its own too, and the message
 * comes again at the next run. A handler that gives up because its
 * signal aborted (it throws the signal's reason, or an `AbortError`) has not handled the message,
 * and has not failed either.
 */
export type Handler<M extends Message = Message> = (message: M, context: HandlerContext) => unknown

/** What a handler gets besides the message in transactional mode. */
export interface TransactionContext<DB> extends HandlerContext {
  /** The transaction that the checkpoint moves in. What is written with it commits with it. */
  readonly trx: Transaction<DB>
  /** The message store in that transaction. */
  readonly store: MessageStore<DB>
}

/**
 * Handles one message in a transaction. What it writes with `trx` and `store` commits together with
 * the checkpoint, or not at all. It may be called again for a message whose transaction was rolled
 * back, so effects outside the database do not belong in it. It uses `trx`, never the Kysely around
 * it, and does not end the transaction.
 */
export type TransactionalHandler<M extends Message = Message, DB = unknown> = (
  message: M,
  context: TransactionContext<DB>,
) => unknown

/**
 * Handles the messages of a page that are not parked, in order, at once. As `Handler`, with one
 * difference: when it fails, it is called again with one message after the other, so that the failure
 * policy gets the one that fails.
 */
export type PageHandler<M extends Message = Message> = (
  messages: readonly M[],
  context: HandlerContext,
) => unknown

/** The same in a transaction, as `TransactionalHandler`. What it wrote before it failed is gone. */
export type TransactionalPageHandler<M extends Message = Message, DB = unknown> = (
  messages: readonly M[],
  context: TransactionContext<DB>,
) => unknown

/** What can be set for all subscriptions of a subscriber, and for each. */
export interface SubscriptionDefaults {
  /** How long to wait between polls. Default is `exponentialBackoff({ min: 50, max: 5_000 })`. */
  readonly polling?: PollingStrategy | undefined
  /**
   * How many messages a poll asks for. 1 or more, default 1000. After a full page the next one is read
   * while it is handled, so two are in memory at most.
   */
  readonly batchSize?: Exclude<BatchSize, 'unlimited'> | undefined
  /** Where the place is kept. Default is nowhere: each run begins at the source's position. */
  readonly checkpoints?: CheckpointStore | undefined
  /** How often the place is saved while running. It is always saved at the end. */
  readonly checkpointInterval?: Partial<OrUndefined<CheckpointInterval>> | undefined
  /** How long to wait between tries while the database is away. */
  readonly reconnect?: ReconnectOptions | undefined
  /** Ends the wait between polls when there may be something new. Default is to poll alone. */
  readonly wakeUps?: WakeUps | undefined
  /**
   * A message store on a hot standby of the same database, to read pages from. Checkpoints, handlers,
   * and what cannot be told there, stay on the store of the subscription. Default is to read there too.
   */
  readonly readFrom?: ReadableStore | undefined
  /** What becomes of a message that the handler fails on. Default is `stopAlways`. */
  readonly failure?: FailurePolicy | undefined
  /**
   * Milliseconds that a read, or the handling of a message, may take before the observer is told
   * `stalled`: waits for the database and for retries count, pauses and the waits between polls do
   * not. 1 or more; default is Infinity, which watches nothing.
   */
  readonly stallAfter?: number | undefined
  /**
   * Milliseconds between two looks at what operators ask, as `pauseSubscription` does: one statement for
   * all subscriptions that share their `tableCheckpoints`. 1 or more, default 1,000. Without these
   * checkpoints nothing is asked, and nothing heard.
   */
  readonly controlInterval?: number | undefined
  /** Told of what happens. Default is nobody. */
  readonly observer?: Observer | undefined
  /** Time. Default is the machine's. */
  readonly clock?: Clock | undefined
}

/** What each subscription has, in any mode. */
export interface SubscriptionIdentity {
  /**
   * Names the subscription in its checkpoints, errors and events: letters, digits and `_ . : / -`,
   * beginning with a letter or a digit, at most 200. Keep it when the code changes.
   */
  readonly id: string
  readonly source: SourceOptions
}

/** A handler with effects anywhere. After a crash, what was handled since the last save comes again. */
export interface AtLeastOnceOptions<M extends Message = Message>
  extends SubscriptionIdentity, SubscriptionDefaults {
  readonly transactional?: undefined
  readonly isolationLevel?: undefined
  readonly eachPage?: undefined
  readonly handler: Handler<M>
  /**
   * How many messages are handled at once, each of another stream. 1 or more, default 1: then all are
   * handled in the order of the source. A page is done before the next one is begun.
   */
  readonly concurrency?: number | undefined
}

/** The same with a handler of pages. */
export interface AtLeastOncePageOptions<M extends Message = Message>
  extends SubscriptionIdentity, SubscriptionDefaults {
  readonly transactional?: undefined
  readonly isolationLevel?: undefined
  readonly handler?: undefined
  readonly concurrency?: undefined
  readonly eachPage: PageHandler<M>
}

interface TransactionalDefaults extends SubscriptionIdentity, SubscriptionDefaults {
  /** Default is the database's own, as a rule `read committed`. */
  readonly isolationLevel?: IsolationLevel | undefined
  /** `tableCheckpoints` of the store's own Kysely. */
  readonly checkpoints: TransactionalCheckpointStore
  /** One transaction moves one checkpoint: to handle more at once, run a consumer group. */
  readonly concurrency?: undefined
}

/** A handler with effects in the database, which commit together with the checkpoint. */
export interface TransactionalOptions<
  M extends Message = Message,
  DB = unknown,
> extends TransactionalDefaults {
  /** A transaction for each message, or for each page: faster, and rolled back as a whole. */
  readonly transactional: 'message' | 'page'
  readonly eachPage?: undefined
  readonly handler: TransactionalHandler<M, DB>
}

/** The same with a handler of pages. */
export interface TransactionalPageOptions<
  M extends Message = Message,
  DB = unknown,
> extends TransactionalDefaults {
  readonly transactional: 'page'
  readonly handler?: undefined
  readonly eachPage: TransactionalPageHandler<M, DB>
}

/**
 * What a subscription is made of. `DB` is the database of the message store, whose tables a
 * transactional handler writes; with `never`, the default, there is no transactional mode.
 */
export type SubscriptionOptions<M extends Message = Message, DB = never> =
  | AtLeastOnceOptions<M>
  | AtLeastOncePageOptions<M>
  | ([DB] extends [never] ? never : TransactionalOptions<M, DB> | TransactionalPageOptions<M, DB>)

/** The same for a subscriber, whose defaults may have the checkpoints. */
export type SubscriberOptions<M extends Message = Message, DB = never> =
  | AtLeastOnceOptions<M>
  | AtLeastOncePageOptions<M>
  | ([DB] extends [never]
      ? never
      : | OptionalCheckpoints<TransactionalOptions<M, DB>>
        | OptionalCheckpoints<TransactionalPageOptions<M, DB>>)

type OptionalCheckpoints<Options> = Omit<Options, 'checkpoints'> & {
  readonly checkpoints?: TransactionalCheckpointStore | undefined
}

/** Options with every default filled in, and checked. */
export interface ResolvedOptions<M extends Message> {
  readonly id: string
  readonly source: SourceOptions
  /** Of the mode that `transactional` tells. */
  readonly handler: ((message: M, context: never) => unknown) | undefined
  /** Instead of a handler. */
  readonly eachPage: ((messages: readonly M[], context: never) => unknown) | undefined
  readonly concurrency: number
  readonly transactional: 'message' | 'page' | undefined
  readonly isolationLevel: IsolationLevel | undefined
  readonly polling: PollingStrategy
  readonly batchSize: number
  readonly checkpoints: CheckpointStore | undefined
  readonly checkpointInterval: CheckpointInterval
  readonly reconnect: Backoff
  readonly wakeUps: WakeUps | undefined
  readonly readFrom: MessageStore<unknown> | undefined
  readonly failure: FailurePolicy
  readonly stallAfter: number
  readonly controlInterval: number
  readonly observer: Observer | undefined
  readonly clock: Clock
}

type OrUndefined<T> = { readonly [K in keyof T]: T[K] | undefined }

/** An option that is `undefined` is one that was not given. */
export function resolveOptions<M extends Message, DB = never>(
  options: SubscriberOptions<M, DB>,
  defaults: SubscriptionDefaults = {},
): ResolvedOptions<M> {
  const interval = options.checkpointInterval
  const defaultInterval = defaults.checkpointInterval
  const resolved: ResolvedOptions<M> = {
    id: options.id,
    source: options.source,
    handler: options.handler,
    eachPage: options.eachPage,
    concurrency: options.concurrency ?? 1,
    transactional: options.transactional,
    isolationLevel: options.isolationLevel,
    polling: options.polling ?? defaults.polling ?? exponentialBackoff({ min: 50, max: 5_000 }),
    batchSize: options.batchSize ?? defaults.batchSize ?? 1_000,
    checkpoints: options.checkpoints ?? defaults.checkpoints,
    checkpointInterval: {
      messages: interval?.messages ?? defaultInterval?.messages ?? 1_000,
      milliseconds: interval?.milliseconds ?? defaultInterval?.milliseconds ?? 5_000,
    },
    reconnect: resolveBackoff({
      min: options.reconnect?.min ?? defaults.reconnect?.min,
      max: options.reconnect?.max ?? defaults.reconnect?.max,
      multiplier: options.reconnect?.multiplier ?? defaults.reconnect?.multiplier,
      random: options.reconnect?.random ?? defaults.reconnect?.random,
    }),
    wakeUps: options.wakeUps ?? defaults.wakeUps,
    // Its type is checked below: any message store's database is as good.
    readFrom: (options.readFrom ?? defaults.readFrom) as MessageStore<unknown> | undefined,
    failure: options.failure ?? defaults.failure ?? stopAlways,
    stallAfter: options.stallAfter ?? defaults.stallAfter ?? Infinity,
    controlInterval: options.controlInterval ?? defaults.controlInterval ?? 1_000,
    observer: options.observer ?? defaults.observer,
    clock: options.clock ?? defaults.clock ?? systemClock,
  }
  validateOptions(resolved)
  return resolved
}
