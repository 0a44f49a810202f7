import {
  type CheckpointInterval,
  dueIn,
  handled,
  movedTo,
  type Progress,
  progressFrom,
  saved,
} from './checkpoint-progress.ts'
import type { CheckpointKey, CheckpointStore } from './checkpoint-store.ts'
import type { Clock } from './clock.ts'
import { CheckpointError, SubscriptionError } from './errors.ts'
import type { Operation } from './observer.ts'

export interface CheckpointKeeperContext {
  readonly store: CheckpointStore | undefined
  readonly key: CheckpointKey
  readonly interval: CheckpointInterval
  readonly clock: Clock
  /** Runs until it succeeds; undefined when the subscription is stopped first. */
  readonly retry: <T>(
    operation: Operation,
    run: () => Promise<T>,
  ) => Promise<{ readonly value: T } | undefined>
  /** Runs with a few retries, although the subscription is stopped. */
  readonly retryBriefly: CheckpointKeeperContext['retry']
  readonly onSaved: (position: bigint) => void
}

/** Knows how far one subscription is, and sees to it that this is saved when it is due. */
export class CheckpointKeeper {
  readonly #context: CheckpointKeeperContext
  #progress: Progress = progressFrom(undefined)

  constructor(context: CheckpointKeeperContext) {
    this.#context = context
  }

  /** The last position handled, or found to hold nothing for this source. */
  get position(): bigint | undefined {
    return this.#progress.position
  }

  /** Loads the checkpoint. False when the subscription was stopped before it could be. */
  async load(): Promise<boolean> {
    const { store, key, retry } = this.#context
    if (store === undefined) return true
    const loaded = await this.#explained('load', () =>
      retry('load checkpoint', () => store.load(key)),
    )
    if (loaded === undefined) return false
    this.#progress = progressFrom(loaded.value)
    return true
  }

  handled(position: bigint): void {
    this.#progress = handled(this.#progress, position, this.#context.clock.now())
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

  async saveIfDue(): Promise<void> {
    if (this.dueIn() === 0) await this.#save(this.#context.retry)
  }

  /** Saves what is not saved yet, at the end of a run. */
  async flush(): Promise<void> {
    await this.#save(this.#context.retryBriefly)
  }

  async #save(retry: CheckpointKeeperContext['retry']): Promise<void> {
    const { store, key, onSaved } = this.#context
    const { position } = this.#progress
    if (store === undefined || position === undefined) return
    if (position === this.#progress.saved) return
    const done = await this.#explained('save', () =>
      retry('save checkpoint', () => store.save(key, position)),
    )
    if (done === undefined) return
    this.#progress = saved(this.#progress)
    onSaved(position)
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
