import {
  type CheckpointInterval,
  committed,
  dueIn,
  handled,
  movedTo,
  type Progress,
  progressFrom,
  saved,
} from './checkpoint-progress.ts'
import type { Transaction } from 'kysely'
import {
  type CheckpointKey,
  type CheckpointStore,
  type Claim,
  type TransactionalCheckpointStore,
  wentBack,
} from './checkpoint-store.ts'
import type { Clock } from './clock.ts'
import { CheckpointError, type CheckpointMovedError, SubscriptionError } from './errors.ts'
import type { Operation } from './observer.ts'

export interface CheckpointKeeperContext {
  readonly store: CheckpointStore | undefined
  readonly key: CheckpointKey
  /** Who this is, for those that find the checkpoint claimed. */
  readonly owner: string
  readonly interval: CheckpointInterval
  readonly clock: Clock
  /** Aborts when the run is to end. */
  readonly signal: AbortSignal
  /** Runs until it succeeds; undefined when the subscription is stopped first. */
  readonly retry: <T>(
    operation: Operation,
    run: () => Promise<T>,
  ) => Promise<{ readonly value: T } | undefined>
  /** Runs with a few retries, although the subscription is stopped. */
  readonly retryBriefly: CheckpointKeeperContext['retry']
  readonly onSaved: (position: bigint) => void
  /** The position has moved, saved or not. */
  readonly onMoved: () => void
}

/** Knows how far one subscription is, and sees to it that this is saved when it is due. */
export class CheckpointKeeper {
  readonly #context: CheckpointKeeperContext
  #progress: Progress = progressFrom(undefined)
  #claim: Claim | undefined
  #saving = false

  readonly #now: () => number

  constructor(context: CheckpointKeeperContext) {
    this.#context = context
    this.#now = () => context.clock.now()
  }

  /** The last position handled, or found to hold nothing for this source. */
  get position(): bigint | undefined {
    return this.#progress.position
  }

  get key(): CheckpointKey {
    return this.#context.key
  }

  /** The epoch of this run's claim; undefined when the store knows no owners. */
  get epoch(): bigint | undefined {
    return this.#claim?.epoch
  }

  /** The last seek that this run's claim knows of; undefined when the store knows none. */
  get seeks(): bigint | undefined {
    return this.#claim?.seeks
  }

  /** Claims the checkpoint, or loads it. False when the subscription was stopped before it could. */
  async load(): Promise<boolean> {
    const { store, key, owner, signal, retry } = this.#context
    if (store === undefined) return true
    const loaded = await this.#explained('load', async () => {
      if (store.claim === undefined) return retry('load checkpoint', () => store.load(key))
      const claimed = await retry('claim checkpoint', async () =>
        store.claim?.(key, owner, undefined, signal),
      )
      this.#claim = claimed?.value
      return claimed && { value: claimed.value?.position }
    })
    if (loaded === undefined) return false
    this.#progress = progressFrom(loaded.value)
    return true
  }

  /** Moves the checkpoint in a transaction. False when an earlier one did, whose answer was lost. */
  async saveIn<DB>(trx: Transaction<DB>, position: bigint): Promise<boolean> {
    const { store, key, claim } = this.#transactional()
    return await this.#explained('save', () => store.saveIn(trx, key, claim, position))
  }

  /** Holds the checkpoint to the end of a transaction, and says where it is. */
  async lockIn<DB>(trx: Transaction<DB>): Promise<bigint | undefined> {
    const { store, key, claim } = this.#transactional()
    return await this.#explained('save', () => store.lockIn(trx, key, claim))
  }

  /** A transaction that moved the checkpoint is committed. */
  committed(position: bigint): void {
    this.#progress = committed(this.#progress, position)
    this.#context.onMoved()
    this.#context.onSaved(position)
  }

  handled(position: bigint): void {
    this.#progress = handled(this.#progress, position, this.#now)
    this.#context.onMoved()
  }

  /** Everything up to here is handled, or does not match. */
  movedTo(position: bigint): void {
    this.#progress = movedTo(this.#progress, position, this.#context.clock.now())
  }

  /** Milliseconds until a save is due; Infinity when none will be. */
  dueIn(): number {
    const { store, interval, clock } = this.#context
    return store === undefined ? Infinity : dueIn(this.#progress, interval, clock.now())
  }

  /** Of several handlers that are done at once, one saves. */
  async saveIfDue(): Promise<void> {
    if (this.#saving || this.dueIn() !== 0) return
    this.#saving = true
    try {
      await this.#save(this.#context.retry)
    } finally {
      this.#saving = false
    }
  }

  /** Saves what is not saved yet, in the middle of a run. */
  async saveNow(): Promise<void> {
    await this.#save(this.#context.retry)
  }

  /** Saves what is not saved yet, at the end of a run. */
  async flush(): Promise<void> {
    await this.#save(this.#context.retryBriefly)
  }

  async #save(retry: CheckpointKeeperContext['retry']): Promise<void> {
    const { store, key, onSaved } = this.#context
    const begun = this.#progress
    const { position } = begun
    if (store === undefined || position === undefined) return
    if (position === begun.saved) return
    const done = await this.#explained('save', () =>
      retry('save checkpoint', () => store.save(key, position, this.#known())),
    )
    if (done === undefined) return
    this.#progress = saved(this.#progress, begun, this.#context.clock.now())
    onSaved(position)
  }

  /**
   * Goes to where a seek has moved the checkpoint, or to where it is after commits were lost. Undefined
   * when the subscription was stopped before it could, false when nothing moved it.
   */
  async renew({ isLast = false }: { readonly isLast?: boolean } = {}): Promise<
    CheckpointMovedError['reason'] | false | undefined
  > {
    const { store, key } = this.#context
    const retry = isLast ? this.#context.retryBriefly : this.#context.retry
    const claim = this.#known()
    if (claim === undefined) return false
    const renewed = await this.#explained('load', () =>
      retry('load checkpoint', async () => store?.control?.renew(key, claim)),
    )
    if (renewed === undefined) return undefined
    const { value: now } = renewed
    if (now === undefined) return false
    const reason = now.seeks === claim.seeks ? 'commits lost' : 'seek'
    if (reason === 'commits lost' && !wentBack(claim, now.position)) return false
    this.#claim = now
    this.#progress = progressFrom(now.position)
    return reason
  }

  /** Says that the run stands at a pause, with all that it has handled saved. */
  async acknowledge(pause: bigint): Promise<void> {
    const { store, key, retry } = this.#context
    const claim = this.#claim
    if (claim === undefined) return
    await this.#explained('save', () =>
      retry('acknowledge pause', async () => store?.control?.acknowledge(key, claim, pause)),
    )
  }

  /** Says that the run is over: who pauses the subscription does not wait for it. */
  async release(): Promise<void> {
    const { store, key } = this.#context
    if (this.#claim !== undefined) await store?.control?.release(key, this.#claim)
  }

  #transactional(): {
    readonly store: TransactionalCheckpointStore
    readonly key: CheckpointKey
    readonly claim: Claim
  } {
    const { store, key } = this.#context
    const claim = this.#known()
    if (claim === undefined) throw new Error('the checkpoint is not claimed yet')
    // The options are checked: a transactional subscription has such a store.
    return { store: store as TransactionalCheckpointStore, key, claim }
  }

  /** The claim with what is known to be saved: a place below that was lost, and is not moved on. */
  #known(): Claim | undefined {
    return this.#claim && { ...this.#claim, position: this.#progress.saved }
  }

  async #explained<T>(operation: 'load' | 'save', run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof SubscriptionError) throw error
      throw new CheckpointError(this.#context.key.subscriptionId, operation, this.position, error)
    }
  }
}
