import type { CheckpointKey, Claim } from '../checkpoint-store.ts'

/** What an operator has asked of a subscription, from any process. */
export interface Control {
  /** The number of the pause that holds it; undefined while none does. */
  readonly pause: bigint | undefined
  /** The number of the last seek; 0 when there was none. */
  readonly seeks: bigint
}

/** Whom an operator speaks to: a subscription with all members of its group. */
export type ControlKey = Pick<CheckpointKey, 'subscriptionId' | 'source'>

/**
 * Where runs hear what operators ask of them, and answer.
 *
 * One statement reads for all who watch, whoever asks: a hundred subscriptions that share a store
 * send what one would. A `read` resolves once its watcher was told what stood there after the
 * watcher began to watch; what is told is never older than what was told before.
 */
export interface ControlStore {
  /** Tells a run what is asked of it, each time that any run has it read. */
  watch(key: ControlKey, onRead: (control: Control) => void): ControlReader
  /** Says that the run of a claim stands at a pause; `FencedError` when the claim is over. */
  acknowledge(key: CheckpointKey, claim: Claim, pause: bigint): Promise<void>
  /** Takes a claim up again after a seek, from the new place; `FencedError` when the claim is over. */
  renew(key: CheckpointKey, claim: Claim): Promise<Claim>
  /** Says that the run of a claim has ended; nothing when the claim is over. */
  release(key: CheckpointKey, claim: Claim): Promise<void>
}

/** One watcher's end of a `ControlStore`. */
export interface ControlReader extends Disposable {
  /** Has it read now. */
  read(): Promise<void>
}
