import { translateError } from '@mdb/core'
import type { QueryExecutorProvider, RawBuilder } from 'kysely'
import type { SourceContext } from '../message-source.ts'
import type { OpenWriter } from '../observer.ts'
import { type Categories, settledQuery, type SettledRow, writersQuery } from './settled-query.ts'
import { headsOf } from '../wake-ups/wake-ups.ts'
import { stillWaitedFor } from './still-waited-for.ts'

const FIRST_DELAY = 1
const LONGEST_DELAY = 50
const FIRST_NOTICE = 1_000
const NEXT_NOTICE = 10_000

/**
 * Reads the head of several categories, or of all messages, once it is settled: every message up to
 * it that ever will be is visible to whatever is read next.
 *
 * Positions of different categories become visible out of order: 23 before 22. But whoever draws a
 * position holds, from before that until its commit is visible, the lock of its category and a lock
 * on the table. So of the transactions that drew a position up to a head that was seen, those that
 * hold no such lock a moment later have ended; the others are waited for, and nobody else is. The
 * reasons in full: docs/adr/0019.
 *
 * Nothing is read but the head, and nobody waited for, when the head lies before the position.
 */
export function settledHead(
  { store, heads, sharesHeads, clock, onWaiting }: SourceContext,
  categories: Categories,
): (position: bigint, signal: AbortSignal) => Promise<bigint | undefined> {
  const { db, schema } = store
  const plain: QueryExecutorProvider = { getExecutor: () => db.getExecutor().withoutPlugins() }

  async function run<Row>(query: RawBuilder<Row>, signal: AbortSignal): Promise<Row | undefined> {
    try {
      return (await query.execute(plain, { signal })).rows[0]
    } catch (error) {
      throw translateError(error, { schema })
    }
  }

  // Whether a head that is shared with others lies before the position.
  async function isIdle(position: bigint, signal: AbortSignal): Promise<boolean> {
    const asked = headsOf(categories === undefined ? { all: true } : { categories })
    const found = await Promise.all(asked.map((of) => heads.read(of, position, signal)))
    return found.every((each) => each === undefined || each < position)
  }

  return async (position, signal) => {
    if (sharesHeads && (await isIdle(position, signal))) return undefined
    const row = await run<SettledRow>(settledQuery(schema, categories, position), signal)
    if (row?.standby === true) throw new StandbyError()
    const head = typeof row?.head === 'string' ? BigInt(row.head) : undefined
    if (head === undefined || head < position) return head

    const began = clock.now()
    let notice = FIRST_NOTICE
    let writers = openWriters(row?.writers)
    for (let delay = FIRST_DELAY; writers.length > 0; delay = Math.min(delay * 2, LONGEST_DELAY)) {
      const milliseconds = clock.now() - began
      if (milliseconds >= notice) {
        onWaiting({ position: head, milliseconds, writers })
        notice = milliseconds + NEXT_NOTICE
      }
      await clock.sleep(delay, signal)
      signal.throwIfAborted()
      const now = await run(writersQuery(schema, categories), signal)
      writers = stillWaitedFor(writers, openWriters(now?.writers))
    }
    return head
  }
}

function openWriters(json: string | null | undefined): readonly OpenWriter[] {
  if (typeof json !== 'string') return []
  const found = JSON.parse(json) as ReadonlyArray<{ pid: number | null; transaction: string }>
  return found.map(({ pid, transaction }) => ({ pid: pid ?? undefined, transaction }))
}

/** The locks of a standby are not those of the writers. Its SQLSTATE is the one of a write there. */
class StandbyError extends Error {
  override readonly name = 'StandbyError'
  readonly code = '25006'

  constructor() {
    super(
      'Several categories, or all messages, are read on the primary: this server is a standby, ' +
        'where the locks of the writers are not seen. Give the standby as readFrom',
    )
  }
}
