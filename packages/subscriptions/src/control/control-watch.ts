import type { Clock } from '../clock.ts'
import type { Control, ControlKey, ControlReader, ControlStore } from './control-store.ts'

export interface ControlWatchContext {
  /** Undefined where nobody can ask anything. */
  readonly store: ControlStore | undefined
  readonly key: ControlKey
  /** Milliseconds between two looks. */
  readonly interval: number
  readonly clock: Clock
  /** Something else is asked than before. */
  readonly onChange: () => void
}

const NOTHING: Control = { pause: undefined, seeks: 0n }

/** What one run knows of what operators ask of it, and when it is to look again. */
export class ControlWatch {
  readonly #context: ControlWatchContext
  #reader: ControlReader | undefined
  #control = NOTHING
  #readAt: number | undefined
  #takenUp = 0n

  constructor(context: ControlWatchContext) {
    this.#context = context
  }

  get pause(): bigint | undefined {
    return this.#control.pause
  }

  /** Whether there was a seek that the run has not taken up. */
  get isToMove(): boolean {
    return this.#control.seeks > this.#takenUp
  }

  /** The run is where this seek, and those before it, have left the checkpoint. */
  takenUp(seeks: bigint | undefined): void {
    if (seeks !== undefined && seeks > this.#takenUp) this.#takenUp = seeks
  }

  get seeks(): bigint {
    return this.#control.seeks
  }

  /** Begins to watch. After the claim: what was asked of an earlier run is asked of this one too. */
  start(): Disposable {
    const { store, key, clock, onChange } = this.#context
    this.#reader = store?.watch(key, (control) => {
      const { pause, seeks } = this.#control
      this.#control = control
      this.#readAt = clock.now()
      if (control.pause !== pause || control.seeks !== seeks) onChange()
    })
    return { [Symbol.dispose]: () => this.#reader?.[Symbol.dispose]() }
  }

  /** Milliseconds until the next look; Infinity when there will be none. */
  dueIn(): number {
    const { interval, clock } = this.#context
    if (this.#reader === undefined) return Infinity
    if (this.#readAt === undefined) return 0
    return Math.max(0, this.#readAt + interval - clock.now())
  }

  async read(): Promise<void> {
    await this.#reader?.read()
  }
}
