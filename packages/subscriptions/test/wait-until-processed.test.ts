import { createMessageStore, type MessageStore, type WriteResult } from '@mdb/core'
import {
  CheckpointsNotInstalledError,
  type Clock,
  InvalidOptionError,
  ProcessingTimeoutError,
  type SourceOptions,
  tableCheckpoints,
  waitUntilProcessed,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { startConsumer } from './support/child.ts'
import { connectTo, type EffectDatabase, effects, installEffects } from './support/effects.ts'
import { manualClock } from './support/manual-clock.ts'
import { untilLive, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const id = 'delays'

/** Time passes with the looks: each pause between two is over at once. */
function lookingClock(): Clock {
  const clock = manualClock()
  return {
    now: () => clock.now(),
    async sleep(milliseconds, signal) {
      const slept = clock.sleep(milliseconds, signal)
      if (milliseconds <= 50) setImmediate(() => clock.advance(milliseconds))
      await slept
    },
  }
}

function write(store: MessageStore<EffectDatabase>, streamName: string): Promise<WriteResult> {
  return store.writeMessage(streamName, { type: 'Counted', data: { n: 99 } })
}

/** Whether it is processed now: it looks a few times, and gives up. */
async function isProcessed(
  store: MessageStore<EffectDatabase>,
  source: SourceOptions,
  processed: WriteResult | bigint,
): Promise<boolean> {
  try {
    const options = { id, source, processed, timeout: 100, clock: lookingClock() }
    await waitUntilProcessed(store, options)
    return true
  } catch (error) {
    if (error instanceof ProcessingTimeoutError) return false
    throw error
  }
}

describe('waiting until it is processed', () => {
  for (const transactional of ['message', 'page'] as const) {
    test(`in another process, a transaction per ${transactional}: its effects are there`, async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await using _child = startConsumer(database.connectionString!, 'child', transactional)
      for (let n = 1; n <= 20; n += 1) {
        const processed = await store.writeMessage('airport-SEA', { type: 'Counted', data: { n } })
        await waitUntilProcessed(store, { id, source: { category: 'airport' }, processed })
        expect(await effects(db)).toContain(n)
      }
    })
  }

  test('a write concerns the member of its stream, a position all of them', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    const written = new Map<number, WriteResult>()
    const group = { category: 'airport', consumerGroup: { size: 2 } }
    for (let n = 0; written.size < 2; n += 1) {
      const result = await write(store, `airport-${n}`)
      for (const member of [0, 1]) {
        const source = { category: 'airport', consumerGroup: { member, size: 2 } }
        const isIn = await waitUntilProcessed(store, {
          id,
          source,
          processed: result,
          timeout: 100,
          clock: lookingClock(),
        }).catch((error: unknown) => error)
        if (isIn instanceof ProcessingTimeoutError) written.set(member, result)
        else expect(isIn).toBeInstanceOf(InvalidOptionError)
      }
    }
    const [first, second] = [written.get(0)!, written.get(1)!]
    expect(await isProcessed(store, group, first)).toBe(false)
    const source = { category: 'airport', consumerGroup: { member: 0, size: 2 } }
    await untilLive(store, { id, source, checkpoints: tableCheckpoints(db), handler: () => {} })
    expect(await isProcessed(store, group, first)).toBe(true)
    expect(await isProcessed(store, group, second)).toBe(false)
    const head =
      await store.getMessages(sql`(select message.id::varchar, message.stream_name::varchar,
      message.type::varchar, message.position, message.global_position, message.data::varchar,
      message.metadata::varchar, message.time from message_store.messages as message
      order by message.global_position desc limit 1)`)
    const last = head[0]!.globalPosition
    expect(await isProcessed(store, group, last)).toBe(false)
    const other = { category: 'airport', consumerGroup: { member: 1, size: 2 } }
    const checkpoints = tableCheckpoints(db)
    await untilLive(store, { id, source: other, checkpoints, handler: () => {} })
    expect(await isProcessed(store, group, second)).toBe(true)
    // a position of another category, above any of this one, that was never read
    await write(store, 'flight-1')
    expect(await isProcessed(store, group, last + 1n)).toBe(true)
    expect(await isProcessed(store, group, last + 2n)).toBe(false)
  })

  test('of a stream it is the position in the stream', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'flight-1', 1, 5)
    await write(store, 'airport-SEA')
    const processed = await write(store, 'airport-SEA')
    const source = { stream: 'airport-SEA' }
    const checkpoints = tableCheckpoints(db)
    const key = { subscriptionId: id, source: 'airport-SEA' }
    await checkpoints.save(key, 0n)
    expect(await isProcessed(store, source, 0n)).toBe(true)
    expect(await isProcessed(store, source, processed)).toBe(false)
    await checkpoints.save(key, 1n)
    expect(await isProcessed(store, source, processed)).toBe(true)
    expect(await isProcessed(store, source, 1n)).toBe(true)
    expect(await isProcessed(store, source, 2n)).toBe(false)
  })

  test('what the filter keeps out is not waited for, what matches before it is', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    const source = { category: 'airport', correlation: 'trip' }
    await writeNumbers(store, 'airport-SEA', 1, 1, { correlationStreamName: 'trip-1' })
    const processed = await write(store, 'airport-SEA')
    expect(await isProcessed(store, source, processed)).toBe(false)
    await tableCheckpoints(db).save({ subscriptionId: id, source: 'airport' }, 1n)
    expect(await isProcessed(store, source, processed)).toBe(true)
  })

  test('before it has run, a source that begins at the end is not there yet', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    const processed = await write(store, 'airport-SEA')
    const source = { category: 'airport', tail: true } as const
    expect(await isProcessed(store, source, processed)).toBe(false)
    await untilLive(store, { id, source, checkpoints: tableCheckpoints(db), handler: () => {} })
    expect(await isProcessed(store, source, processed)).toBe(true)
  })

  test('gives up after the timeout, and says who is behind', async ({ db, store }) => {
    await installCheckpoints(db)
    const processed = await write(store, 'airport-SEA')
    await tableCheckpoints(db).save({ subscriptionId: id, source: 'airport' }, 0n)
    const options = { id, source: { category: 'airport' }, clock: lookingClock() }
    const late = await waitUntilProcessed(store, { ...options, processed, timeout: 200 }).catch(
      (error: unknown) => error,
    )
    expect(late).toBeInstanceOf(ProcessingTimeoutError)
    expect(late).toMatchObject({
      code: 'PROCESSING_TIMEOUT',
      subscriptionId: id,
      processed,
      timeout: 200,
      behind: [{ consumerGroup: undefined, position: 0n }],
      message:
        'Subscription delays has not processed position 0 of airport-SEA within 200 ms: it is at 0',
    })
  })

  test('what was rolled back is not found', async ({ db, store }) => {
    await installCheckpoints(db)
    let written: WriteResult | undefined
    const rolledBack = db.transaction().execute(async (trx) => {
      written = await write(store.using(trx), 'airport-SEA')
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    const options = { id, source: { category: 'airport' }, clock: lookingClock() }
    const waiting = waitUntilProcessed(store, { ...options, processed: written!, timeout: 100 })
    await expect(waiting).rejects.toMatchObject({ code: 'PROCESSING_TIMEOUT', behind: undefined })
  })

  test('an abort ends it with the reason of the signal', async ({ db, store }) => {
    await installCheckpoints(db)
    const processed = await write(store, 'airport-SEA')
    const controller = new AbortController()
    const reason = new Error('the request is gone')
    const clock = lookingClock()
    const waiting = waitUntilProcessed(store, {
      id,
      source: { category: 'airport' },
      processed,
      signal: controller.signal,
      clock: {
        now: () => clock.now(),
        async sleep(milliseconds, signal) {
          if (milliseconds === 30_000) return await new Promise(() => {})
          controller.abort(reason)
          await clock.sleep(milliseconds, signal)
        },
      },
    })
    await expect(waiting).rejects.toBe(reason)
  })

  test('connections that are cut do not end it', async ({ database, db, store }) => {
    await installCheckpoints(db)
    const processed = await write(store, 'airport-SEA')
    const own = connectTo(database.connectionString!)
    let looks = 0
    const waiting = waitUntilProcessed(createMessageStore(own), {
      id,
      source: { category: 'airport' },
      processed,
      clock: {
        now: () => 0,
        async sleep(milliseconds, signal) {
          if (milliseconds === 30_000) {
            return await new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
          }
          looks += 1
          if (looks === 10) {
            await tableCheckpoints(db).save({ subscriptionId: id, source: 'airport' }, 1n)
          }
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`.execute(db)
        },
      },
    })
    await waiting
    expect(looks).toBeGreaterThanOrEqual(10)
    await own.destroy()
  })

  test('refuses what would be waited for in vain', async ({ db, store }) => {
    const processed = await write(store, 'airport-SEA')
    const source = { category: 'airport' }
    const clock = lookingClock()
    await expect(waitUntilProcessed(store, { id, source, processed, clock })).rejects.toThrow(
      CheckpointsNotInstalledError,
    )
    await installCheckpoints(db)
    const alone = await write(store, 'airport')
    for (const wrong of [
      { source: { category: 'flight' } },
      { source: { stream: 'airport-JFK' } },
      { source: { categories: ['flight', 'gate'] } },
      { source: { category: 'airport', consumerGroup: { size: 2 } }, processed: alone },
      { processed: -1n },
      { timeout: 0 },
      { interval: Infinity },
    ]) {
      const options = { id, source, processed, clock, ...wrong }
      await expect(waitUntilProcessed(store, options)).rejects.toThrow(InvalidOptionError)
    }
  })
})
