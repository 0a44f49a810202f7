import type { Message } from '@mdb/core'
import type { MessageSource, Page } from './message-source.ts'

export interface ReadingContext<M extends Message> {
  readonly source: MessageSource<M>
  readonly signal: AbortSignal
  /** Reads until it succeeds; undefined when the signal aborts first. */
  readonly read: <T>(
    operation: () => Promise<T>,
    signal: AbortSignal,
  ) => Promise<{ readonly value: T } | undefined>
}

/**
 * A page that is being read. Once it is the current one it has the page that follows it read too, as
 * soon as it is known where that begins and that there may be one: never more than one ahead.
 */
export class Reading<M extends Message> {
  /** Undefined when the signal aborts first. */
  readonly page: Promise<{ readonly value: Page<M> } | undefined>
  readonly from: bigint
  readonly #context: ReadingContext<M>
  #isCurrent = false
  #next: bigint | undefined
  #following: Reading<M> | undefined

  constructor(context: ReadingContext<M>, from: bigint) {
    const { source, signal, read } = context
    this.#context = context
    this.from = from
    this.page = read(() => source.read(from, signal, (next) => this.goesOnAt(next)), signal)
    // Heard here too: it is not called unhandled before its turn comes.
    this.page.catch(() => undefined)
  }

  /** It is this page's turn. */
  becomeCurrent(): void {
    this.#isCurrent = true
    this.#readOn()
  }

  /** There may be more, from here on. */
  goesOnAt(next: bigint): void {
    this.#next = next
    this.#readOn()
  }

  /** The page that follows, if it is being read; one that began elsewhere is none. */
  followedAt(next: bigint): Reading<M> | undefined {
    return this.#following?.from === next ? this.#following : undefined
  }

  /** Resolves when nothing is being read any more, whatever came of it. */
  async ended(): Promise<void> {
    await this.page.catch(() => undefined)
    await this.#following?.ended()
  }

  #readOn(): void {
    const { source } = this.#context
    const next = this.#next
    if (!this.#isCurrent || next === undefined || this.#following !== undefined) return
    if (source.mayReadAhead?.(next) === false) return
    this.#following = new Reading(this.#context, next)
  }
}
