import { type MessageStore, translateError } from '@mdb/core'
import type { QueryExecutorProvider, RawBuilder } from 'kysely'
import type { Clock } from '../clock.ts'
import type { ReadableStore } from '../message-source.ts'
import type { EventWithoutId } from '../observer.ts'
import { endOfLastRecord } from './end-of-record.ts'
import { NoPrimaryError } from './no-primary-error.ts'
import { primaryQuery, standbyQuery } from './standby-query.ts'
import { type StandbyState, standbyState } from './standby-state.ts'

const FIRST_DELAY = 1
const LONGEST_DELAY = 50
const FIRST_NOTICE = 1_000
const NEXT_NOTICE = 10_000
// How often an idle subscription makes sure that the standby still follows the primary.
const IDLE_CHECK = 10_000

export interface StandbyContext {
  readonly primary: ReadableStore
  readonly standby: MessageStore<unknown>
  readonly clock: Clock
  readonly emit: (event: EventWithoutId) => void
}

/** Where the primary was at some moment. */
export interface PrimaryState {
  readonly timeline: number
  /** What was committed by then, a standby has replayed when it has replayed this. */
  readonly end: string
}

/** What the primary has, and a standby must have replayed before it is read. */
export interface ReplayTarget {
  readonly state: PrimaryState
  /** The global position that is seen then. */
  readonly head: bigint
}

export interface StandbyRead<T> {
  /** Where the page begins. */
  readonly position: bigint
  /** Without one, the standby is read as far as it is. */
  readonly target?: ReplayTarget | undefined
  readonly signal: AbortSignal
  /** Reads with the store of one session: each statement sees what the one before it saw. */
  readonly run: (store: ReadableStore) => Promise<T>
  /** Whether what was read changes nothing, not even the place. */
  readonly isIdle?: (result: T) => boolean
}

type Attempt<T> =
  | { readonly state: Exclude<StandbyState, 'ready'> }
  | { readonly state: 'ready'; readonly result: T; readonly timeline: number }

/**
 * Reads pages from a standby, and from the primary while the standby is none, or none of it.
 *
 * Behind one address there may be several standbys, one further than the other, so nothing that was
 * seen at one moment is taken for known at the next: what a page rests on is seen in its own session.
 * The reasons in full: docs/adr/0027.
 */
export class StandbyReader {
  readonly #context: StandbyContext
  #server: 'standby' | 'primary' = 'standby'
  #checkedAt: number | undefined

  constructor(context: StandbyContext) {
    this.#context = context
  }

  /** Where the primary is now. */
  async primaryState(signal: AbortSignal): Promise<PrimaryState> {
    const { primary, clock } = this.#context
    const row = await ask(primary, primaryQuery, signal)
    const { insertAt, timeline, blockSize, segmentSize } = row
    if (insertAt === null || timeline === null) throw new NoPrimaryError()
    this.#checkedAt = clock.now()
    return {
      timeline,
      end: endOfLastRecord({
        insertAt,
        blockSize: Number(blockSize),
        segmentSize: Number(segmentSize),
      }),
    }
  }

  async read<T>(read: StandbyRead<T>): Promise<T> {
    const { clock, emit, primary } = this.#context
    const { signal, target, position } = read
    const began = clock.now()
    let notice = FIRST_NOTICE
    for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
      const attempt = await this.#attempt(read)
      const state = await this.#judge(attempt, read)
      if (attempt.state === 'ready' && state === 'ready') {
        this.#turn('standby', undefined)
        return attempt.result
      }
      if (state === 'promoted' || state === 'other timeline') {
        this.#turn('primary', state)
        return await read.run(primary)
      }
      const milliseconds = clock.now() - began
      if (milliseconds >= notice) {
        emit({ type: 'standby behind', position: target?.head ?? position, milliseconds })
        notice = milliseconds + NEXT_NOTICE
      }
      await clock.sleep(delay, signal)
      signal.throwIfAborted()
    }
  }

  async #attempt<T>({ target, signal, run }: StandbyRead<T>): Promise<Attempt<T>> {
    const { standby } = this.#context
    const session = standby.db
      .transaction()
      .setIsolationLevel('read committed')
      .setAccessMode('read only')
    return await session.execute(async (trx) => {
      const here = { db: trx, schema: standby.schema }
      const row = await ask(here, standbyQuery(target?.state.end), signal)
      const state = standbyState(row, target?.state.timeline ?? row.timeline)
      if (state !== 'ready') return { state }
      const result = await run(standby.using(trx))
      // Promoted in between, it may have shown what the primary never had.
      const after = await ask(here, standbyQuery(undefined), signal)
      const stateAfter = standbyState(after, row.timeline)
      if (stateAfter !== 'ready') return { state: stateAfter }
      return { state, result, timeline: row.timeline }
    })
  }

  /**
   * What was read is good if the primary, asked after it, has the history that the standby had. Where
   * nothing came of it the primary is spared, but for a look now and then.
   */
  async #judge<T>(attempt: Attempt<T>, read: StandbyRead<T>): Promise<StandbyState> {
    if (attempt.state !== 'ready' || read.target !== undefined) return attempt.state
    const isIdle = this.#server === 'standby' && read.isIdle?.(attempt.result) === true
    const age = this.#context.clock.now() - (this.#checkedAt ?? -Infinity)
    if (isIdle && age < IDLE_CHECK) return 'ready'
    const { timeline } = await this.primaryState(read.signal)
    return timeline === attempt.timeline ? 'ready' : 'other timeline'
  }

  #turn(server: 'standby' | 'primary', reason: 'promoted' | 'other timeline' | undefined): void {
    if (this.#server === server) return
    this.#server = server
    this.#context.emit({ type: 'reading from', server, reason })
  }
}

async function ask<Row>(
  { db, schema }: Pick<ReadableStore, 'db' | 'schema'>,
  query: RawBuilder<Row>,
  signal: AbortSignal,
): Promise<Row> {
  // Plugins are for the caller's queries: one that renames columns would hide ours.
  const plain: QueryExecutorProvider = { getExecutor: () => db.getExecutor().withoutPlugins() }
  try {
    const { rows } = await query.execute(plain, { signal })
    return rows[0] as Row
  } catch (error) {
    throw translateError(error, { schema })
  }
}
