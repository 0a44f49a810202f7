import type { Transaction } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import type { FailedMessage } from '../errors.ts'
import type { ParkingStore } from './parking-store.ts'

/**
 * The streams in quarantine, as one run knows them. Only the owner of a checkpoint parks, and replays
 * only release: so what is loaded after the claim, and what is parked since, holds every stream that
 * is in quarantine, and maybe some that are free again. Of others nothing has to be asked.
 */
export class Quarantine {
  readonly #parking: ParkingStore
  readonly #key: CheckpointKey
  readonly #streams = new Set<string>()

  constructor(parking: ParkingStore, key: CheckpointKey) {
    this.#parking = parking
    this.#key = key
  }

  async load(): Promise<void> {
    for (const streamName of await this.#parking.streams(this.#key)) this.#streams.add(streamName)
  }

  mayHold(streamName: string): boolean {
    return this.#streams.has(streamName)
  }

  release(streamName: string): void {
    this.#streams.delete(streamName)
  }

  /** Parks a message behind others of its stream. False when there are none: it is to be handled. */
  async parkBehind<DB>(trx: Transaction<DB>, message: FailedMessage): Promise<boolean> {
    if (!this.mayHold(message.streamName)) return false
    if (!(await this.#parking.lastIn(trx, this.#key, message.streamName))) return false
    await this.#parking.parkIn(trx, this.#key, { message, attempts: 0, error: undefined })
    return true
  }

  /** Parks a message that the handler failed on. */
  async park<DB>(
    trx: Transaction<DB>,
    message: FailedMessage,
    failure: { readonly attempt: number; readonly error: unknown },
  ): Promise<void> {
    // Before the commit, whose answer may be lost.
    this.#streams.add(message.streamName)
    const { attempt: attempts, error } = failure
    await this.#parking.parkIn(trx, this.#key, { message, attempts, error })
  }
}
