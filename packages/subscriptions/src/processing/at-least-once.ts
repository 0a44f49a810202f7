import type { Message } from '@mdb/core'
import type { Transaction } from 'kysely'
import { type CheckpointStore, isTransactional } from '../checkpoint-store.ts'
import { ParkingUnavailableError, toFailedMessage } from '../errors.ts'
import type { Failure } from '../failure/verdict.ts'
import type { HandlerContext } from '../options.ts'
import { Quarantine } from '../parking/quarantine.ts'
import { gaveUp } from './gave-up.ts'
import { inLanes } from './lanes.ts'
import { emptyPrefix, type Prefix, withDone } from './prefix.ts'
import type { Processor, ProcessorContext } from './processor.ts'
import { settle, tell } from './settle.ts'
import type { Outcome } from './transaction.ts'
import type { Given, Work } from './work.ts'

export interface AtLeastOnceMode<M extends Message> {
  readonly work: Work<M, Given<HandlerContext>>
  /** How many messages of different streams are handled at once. */
  readonly concurrency: number
  readonly checkpoints: CheckpointStore | undefined
}

/**
 * Handles first, and saves the place when that is due: a crash brings the messages between again. The
 * place is never past a message that is not done, whatever is done behind it.
 */
export function atLeastOnce<M extends Message>(
  { work, concurrency, checkpoints }: AtLeastOnceMode<M>,
  context: ProcessorContext<M>,
): Processor<M> {
  const { subscriptionId, keeper, signal, positionOf, retry, emit } = context
  const given = { signal }
  const parks = isTransactional(checkpoints) ? checkpoints : undefined
  const quarantine = parks && new Quarantine(parks.parking, keeper.key)

  return {
    async start() {
      if (quarantine === undefined) return true
      return (await retry('load parked', () => quarantine.load())) !== undefined
    },
    async process(messages) {
      if (signal.aborted || messages.length === 0) return
      const page = new PageInProgress(messages)
      await (work.page === undefined ? each(page) : whole(page))
    },
  }

  async function each(page: PageInProgress<M>): Promise<void> {
    if (concurrency > 1) {
      const laneOf = ({ streamName }: M): string => streamName
      const run = async (_: M, index: number): Promise<boolean> => handleOne(page, index)
      await inLanes(page.messages, { concurrency, laneOf, signal, run })
      return
    }
    for (let index = 0; index < page.messages.length; index += 1) {
      if (signal.aborted) return
      const goesOn = handleOne(page, index)
      if (goesOn !== true && !(await goesOn)) return
    }
  }

  async function whole(page: PageInProgress<M>): Promise<void> {
    const free: number[] = []
    for (let index = 0; index < page.messages.length; index += 1) {
      if (signal.aborted) return
      const isHeld = mayBeHeld(page.messages[index] as M)
      const behind = isHeld && (await parkedBehind(page, index))
      if (behind === undefined) return
      if (!behind) free.push(index)
    }
    const messages = free.map((index) => page.messages[index] as M)
    if (messages.length === 0) return
    try {
      await work.page?.(messages, given)
    } catch (error) {
      if (gaveUp(error, signal)) return
      emit({ type: 'page failed', messages: messages.length, error })
      for (const index of free) {
        if (signal.aborted || !(await handleOne(page, index))) return
      }
      return
    }
    for (const index of free) moveTo(page.done(index))
  }

  /**
   * False when the run is to end. A promise only where there is something to wait for, for a wait
   * takes longer than all else that is done for a message.
   */
  function handleOne(page: PageInProgress<M>, index: number): boolean | Promise<boolean> {
    const message = page.messages[index] as M
    if (mayBeHeld(message)) return handleHeld(page, index)
    const outcome = attempt(message)
    if (outcome instanceof Promise) return finish(page, index, outcome)
    if (outcome.type === 'failed') return finish(page, index, outcome)
    moveTo(page.done(index))
    return isDue(page, index) ? keeper.saveIfDue().then(() => true) : true
  }

  /** After the last message of a page the place is saved with the page. */
  function isDue(page: PageInProgress<M>, index: number): boolean {
    return index < page.messages.length - 1 && keeper.dueIn() === 0
  }

  async function handleHeld(page: PageInProgress<M>, index: number): Promise<boolean> {
    const behind = await parkedBehind(page, index)
    if (behind !== false) return behind === true
    return finish(page, index, attempt(page.messages[index] as M))
  }

  async function finish(
    page: PageInProgress<M>,
    index: number,
    attempted: Outcome | Promise<Outcome>,
  ): Promise<boolean> {
    const outcome = await attempted
    if (outcome.type === 'failed' && !(await settleFailed(page, index, outcome))) return false
    if (outcome.type === 'committed') moveTo(page.done(index))
    if (isDue(page, index)) await keeper.saveIfDue()
    return true
  }

  /** What becomes of a message whose first attempt failed. False when the run is to end. */
  async function settleFailed(
    page: PageInProgress<M>,
    index: number,
    failed: Outcome,
  ): Promise<boolean> {
    const message = page.messages[index] as M
    let first: Outcome | undefined = failed
    const next = async (): Promise<Outcome> => {
      const outcome = first ?? (await attempt(message))
      first = undefined
      return outcome
    }
    const settled = await settle(message, next, context)
    if (settled.type === 'left') return false
    if (settled.type === 'parked' && !(await park(page, index, settled.failure))) return false
    tell(settled, context)
    if (settled.type !== 'parked') moveTo(page.done(index))
    return true
  }

  function attempt(message: M): Outcome | Promise<Outcome> {
    try {
      const handling = work.one(message, given)
      return isPromiseLike(handling) ? outcomeOf(handling) : COMMITTED
    } catch (error) {
      return { type: 'failed', error }
    }
  }

  function mayBeHeld({ streamName }: M): boolean {
    return quarantine?.mayHold(streamName) === true
  }

  /** Whether the message queues behind a parked one; undefined when the run is to end. */
  async function parkedBehind(
    page: PageInProgress<M>,
    index: number,
  ): Promise<boolean | undefined> {
    const message = page.messages[index] as M
    if (quarantine === undefined || !mayBeHeld(message)) return false
    const parked = await parkIn(page, index, (trx) => quarantine.parkBehind(trx, message))
    if (parked === undefined) return undefined
    if (parked) {
      emit({ type: 'parked behind', message: toFailedMessage(message) })
    } else {
      quarantine.release(message.streamName)
      emit({ type: 'released', streamName: message.streamName })
    }
    return parked
  }

  async function park(page: PageInProgress<M>, index: number, failure: Failure): Promise<boolean> {
    const parked = await parkIn(page, index, async (trx) => {
      if (quarantine === undefined) throw new ParkingUnavailableError(subscriptionId)
      await quarantine.park(trx, failure.message, failure)
      return true
    })
    return parked !== undefined
  }

  /**
   * Parks in a transaction that holds the checkpoint, and moves it as far as the page is done
   * without a gap. Undefined when the run is to end.
   */
  async function parkIn(
    page: PageInProgress<M>,
    index: number,
    run: (trx: Transaction<unknown>) => Promise<boolean>,
  ): Promise<boolean | undefined> {
    if (parks === undefined) throw new ParkingUnavailableError(subscriptionId)
    const parked = await retry('park', () =>
      parks.transaction(async (trx) => {
        await keeper.lockIn(trx)
        const done = await run(trx)
        const end = done ? page.endWith(index) : undefined
        if (end !== undefined) await keeper.saveIn(trx, positionOf(end))
        return { done, end }
      }),
    )
    if (parked === undefined) return undefined
    const { done, end } = parked.value
    if (done) moveTo(page.done(index))
    if (end !== undefined) keeper.committed(positionOf(end))
    return done
  }

  function moveTo(done: readonly M[]): void {
    for (const message of done) keeper.handled(positionOf(message))
  }
}

const COMMITTED: Outcome = { type: 'committed' }

async function outcomeOf(handling: PromiseLike<unknown>): Promise<Outcome> {
  try {
    await handling
    return COMMITTED
  } catch (error) {
    return { type: 'failed', error }
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** A page, and how much of it is done. */
class PageInProgress<M> {
  readonly messages: readonly M[]
  #prefix: Prefix = emptyPrefix

  constructor(messages: readonly M[]) {
    this.messages = messages
  }

  /** Marks a message as done; the messages that are done without a gap since the last time. */
  done(index: number): readonly M[] {
    const before = this.#prefix.length
    this.#prefix = withDone(this.#prefix, index)
    return this.messages.slice(before, this.#prefix.length)
  }

  /** The last message done without a gap, were this one done too; undefined when that is none more. */
  endWith(index: number): M | undefined {
    const { length } = withDone(this.#prefix, index)
    return length > this.#prefix.length ? this.messages[length - 1] : undefined
  }
}
