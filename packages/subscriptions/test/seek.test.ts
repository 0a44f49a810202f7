import { setImmediate } from 'node:timers/promises'
import type { MessageStore } from '@mdb/core'
import {
  CheckpointMovedError,
  constantPolling,
  GroupResizingError,
  InvalidOptionError,
  parkedMessages,
  pauseSubscription,
  readConsumerGroup,
  resizeConsumerGroup,
  resumeSubscription,
  retryThenPark,
  seekSubscription,
  streamCheckpoints,
  subscribe,
  switchProjection,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  type EffectDatabase,
  effects,
  installEffects,
  untilSomebodyWaits,
  upTo,
} from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, untilLive, writeNumbers } from './support/numbers.ts'

// A fresh database: message n is at global position n.

const embedded = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const pglite = messageStoreTest<EffectDatabase>({ backend: 'pglite' })
const delays = { id: 'delays', source: { category: 'airport' } }
const key = { subscriptionId: 'delays', source: 'airport' }
const base = { ...delays, polling: constantPolling({ interval: 5 }), controlInterval: 5 }

async function untilEffects(db: Kysely<EffectDatabase>, count: number): Promise<void> {
  for (let rows = 0; rows < count;) {
    const result = await sql<{ rows: number }>`select count(*)::int as rows from effect`.execute(db)
    rows = result.rows[0]!.rows
    // PGlite answers without leaving the process, and timers would never fire
    await setImmediate()
  }
}

/** A transactional subscription that notes what it does. */
function noting(
  store: MessageStore<EffectDatabase>,
  options: { readonly transactional?: 'message' | 'page'; readonly onMessage?: () => unknown } = {},
) {
  const { transactional = 'message', onMessage } = options
  const events = recordEvents()
  const subscription = subscribe<Counted, EffectDatabase>(store, {
    ...base,
    transactional,
    batchSize: 5,
    checkpoints: tableCheckpoints(store.db),
    ...events,
    async handler({ data }, { trx }) {
      await trx.insertInto('effect').values({ n: data.n, by: 'it' }).execute()
      await onMessage?.()
    },
  })
  return { events, subscription }
}

for (const [name, test] of Object.entries({ embedded, pglite })) {
  describe(`a seek, on ${name}`, () => {
    test('back: what runs does it again from there, and goes on', async ({ db, store }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      const { events, subscription } = noting(store)
      const run = subscription.run()
      await events.next('live')
      expect(await seekSubscription(store, { ...delays, position: 8n })).toEqual({
        position: 8n,
        members: [{ consumerGroup: undefined, before: 12n }],
      })
      expect(await events.next('moved')).toMatchObject({ position: 8n, checkpoint: 7n })
      await events.next('live')
      expect(await effects(db)).toEqual([...upTo(12), ...upTo(12, 8)])
      await writeNumbers(store, 'airport-SEA', 13, 13)
      await untilEffects(db, 18)
      await subscription.stop()
      expect(await run).toMatchObject({ position: 13n })
    })

    test('forward: what lies between is left out', async ({ db, store }) => {
      await installEffects(db)
      const { events, subscription } = noting(store)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      const run = subscription.run()
      await events.next('live')
      expect(await seekSubscription(store, { ...delays, position: 6n })).toMatchObject({
        members: [{ before: 3n }],
      })
      await events.next('moved')
      await writeNumbers(store, 'airport-SEA', 4, 8)
      await untilEffects(db, 6)
      await subscription.stop()
      await run
      expect(await effects(db)).toEqual([1, 2, 3, 6, 7, 8])
    })
  })
}

describe('what was begun before a seek', () => {
  for (const transactional of ['message', 'page'] as const) {
    embedded(
      `commits before it, or not at all: a transaction per ${transactional}`,
      async ({ db, store }) => {
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 10)
        const began = Promise.withResolvers<void>()
        const end = Promise.withResolvers<void>()
        const { events, subscription } = noting(store, {
          transactional,
          async onMessage() {
            began.resolve()
            await end.promise
          },
        })
        const run = subscription.run()
        await began.promise
        const seeking = seekSubscription(store, { ...delays, position: 9n })
        // the seek stands at the door; what is in flight commits first
        await untilSomebodyWaits(db)
        end.resolve()
        const { members } = await seeking
        // the next one may begin before the seek is through the door
        const first = Number(members[0]?.before)
        expect(transactional === 'page' ? [5, 10] : upTo(10)).toContain(first)
        await events.next('moved')
        await events.next('live')
        expect(await effects(db)).toEqual([...upTo(first), 9, 10])
        await subscription.stop()
        await run
      },
    )
  }

  embedded('cannot be saved after it, with any claim of before', async ({ db, store }) => {
    await installCheckpoints(db)
    const checkpoints = tableCheckpoints(db)
    const claim = await checkpoints.claim(key, 'first')
    await checkpoints.save(key, 5n, claim)
    await seekSubscription(store, { ...delays, position: 3n })
    await expect(checkpoints.save(key, 6n, claim)).rejects.toThrow(CheckpointMovedError)
    const within = db.transaction().execute((trx) => checkpoints.saveIn(trx, key, claim, 6n))
    await expect(within).rejects.toMatchObject({ code: 'CHECKPOINT_MOVED', position: 2n })
    const locking = db.transaction().execute((trx) => checkpoints.lockIn(trx, key, claim))
    await expect(locking).rejects.toThrow(CheckpointMovedError)
    expect(await checkpoints.load(key)).toBe(2n)
    const renewed = await checkpoints.control!.renew(key, claim)
    expect(renewed).toEqual({ epoch: 1n, position: 2n, seeks: 1n })
    await checkpoints.save(key, 6n, renewed)
    expect(await checkpoints.load(key)).toBe(6n)
    // another owner, and no seek, is what fences
    await checkpoints.claim(key, 'second')
    await seekSubscription(store, { ...delays, position: 3n })
    await expect(checkpoints.save(key, 7n, renewed)).rejects.toMatchObject({ code: 'FENCED' })
    await expect(checkpoints.control!.renew(key, renewed)).rejects.toMatchObject({
      code: 'FENCED',
    })
  })

  embedded(
    'at least once: what was handled and not saved comes again, if it is to',
    async ({ db, store }) => {
      await installCheckpoints(db)
      await writeNumbers(store, 'airport-SEA', 1, 6)
      const checkpoints = tableCheckpoints(db)
      for (const controlInterval of [5, 60_000]) {
        const id = `delays-${controlInterval}`
        const events = recordEvents()
        const numbers: number[] = []
        const subscription = subscribe<Counted>(store, {
          ...base,
          id,
          controlInterval,
          checkpoints,
          checkpointInterval: { messages: Infinity, milliseconds: Infinity },
          ...events,
          handler: ({ data }) => void numbers.push(data.n),
        })
        const run = subscription.run()
        await events.next('live')
        const { members } = await seekSubscription(store, { ...delays, id, position: 4n })
        expect(members).toEqual([{ consumerGroup: undefined, before: undefined }])
        if (controlInterval === 5) {
          await events.next('moved')
          await events.next('live')
          expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 4, 5, 6])
        }
        // one that is stopped before it has heard saves nothing over it
        await subscription.stop()
        expect(await run).toEqual({ reason: 'stopped', position: controlInterval === 5 ? 6n : 3n })
        const saved = await checkpoints.load({ ...key, subscriptionId: id })
        expect(saved).toBe(controlInterval === 5 ? 6n : 3n)
      }
    },
  )
})

/** Numbers from 0 to below 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

interface Step {
  n: number
  member: number
  seek: boolean
}

describe('seeks against commits, at random, with a model', () => {
  embedded.for([
    ['message', undefined, 1],
    ['page', undefined, 2],
    ['message', 3, 3],
    ['page', 3, 4],
  ] as const)(
    'each effect is there once since the last seek, in order: %s, members: %s, seed %s',
    async ([transactional, size, seed], { db, store }) => {
      await installCheckpoints(db)
      // the sequence is drawn while the checkpoint is held: it tells the order of the commits
      await sql`create table step (seq bigserial, n int, member int, seek boolean)`.execute(db)
      const next = random(seed)
      const total = 120
      const consumerGroup = size && { size, lease: 2_000, heartbeat: 20 }
      const source = { category: 'airport', ...(consumerGroup && { consumerGroup }) }
      const memberOf = new Map<number, number>()
      const subscription = subscribe<Counted, EffectDatabase>(store, {
        ...base,
        source,
        transactional,
        batchSize: 7,
        checkpoints: tableCheckpoints(db),
        async handler({ data }, { trx, consumerGroup: group }) {
          memberOf.set(data.n, group?.member ?? 0)
          await sql`insert into step (n, member, seek)
            values (${data.n}, ${group?.member ?? 0}, false)`.execute(trx)
        },
      })
      let failure: unknown
      const run = subscription.run().catch((error: unknown) => void (failure = error))
      const writing = (async () => {
        for (let n = 1; n <= total; n += 1) await writeNumbers(store, `airport-${n % 17}`, n, n)
      })()
      const steps = async (): Promise<Step[]> => {
        if (failure !== undefined) throw new Error('the run failed', { cause: failure })
        return (await sql<Step>`select n, member, seek from step order by seq`.execute(db)).rows
      }
      const untilSteps = async (count: number): Promise<void> => {
        while ((await steps()).length < count);
      }
      for (let round = 0; round < 30; round += 1) {
        const before = (await steps()).length
        const target = 1 + Math.floor(next() * total)
        await untilSteps(before + Math.min(1, Math.floor(next() * 3)))
        await db.transaction().execute(async (trx) => {
          await seekSubscription(store.using(trx), {
            id: 'delays',
            source,
            position: BigInt(target),
          })
          await sql`insert into step (n, member, seek) values (${target}, -1, true)`.execute(trx)
        })
      }
      await writing
      await db.transaction().execute(async (trx) => {
        await seekSubscription(store.using(trx), { id: 'delays', source, position: 1n })
        await sql`insert into step (n, member, seek) values (1, -1, true)`.execute(trx)
      })
      for (;;) {
        const all = await steps()
        const last = all.findLastIndex(({ seek }) => seek)
        if (all.length - last - 1 === total) break
      }
      await subscription.stop()
      await run

      const members = Array.from({ length: size ?? 1 }, (_, member) =>
        upTo(total).filter((n) => memberOf.get(n) === member),
      )
      const expected = members.map((numbers) => numbers[0])
      for (const { n, member, seek } of await steps()) {
        if (seek) {
          for (const [each, numbers] of members.entries()) {
            expected[each] = numbers.find((number) => number >= n)
          }
        } else {
          expect(n).toBe(expected[member])
          expected[member] = members[member]?.find((number) => number > n)
        }
      }
      expect(expected.every((each) => each === undefined)).toBe(true)
    },
  )
})

describe('a seek reaches', () => {
  embedded('one that does not run, or never did; and it begins there', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const options = { ...delays, checkpoints: tableCheckpoints(db), handler: () => {} }
    expect(await seekSubscription(store, { ...delays, position: 4n })).toEqual({
      position: 4n,
      members: [{ consumerGroup: undefined, before: undefined }],
    })
    expect((await untilLive(store, options)).numbers).toEqual([4, 5])
    await seekSubscription(store, { ...delays, position: 0n })
    expect((await untilLive(store, options)).numbers).toEqual([1, 2, 3, 4, 5])
    // where it would begin without a checkpoint is another matter
    await seekSubscription(store, { ...delays, position: 2n })
    const tail = { ...options, source: { category: 'airport', tail: true } as const }
    expect((await untilLive(store, tail)).numbers).toEqual([2, 3, 4, 5])
  })

  embedded('a stream, whose first position is 0', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 0, 3)
    const stream = { id: 'delays', source: { stream: 'airport-SEA' } }
    const options = { ...stream, checkpoints: tableCheckpoints(db), handler: () => {} }
    expect((await untilLive(store, options)).numbers).toEqual([0, 1, 2, 3])
    for (const position of [0n, 2n]) {
      await seekSubscription(store, { ...stream, position })
      expect((await untilLive(store, options)).numbers).toEqual(upTo(3, Number(position)))
    }
  })

  embedded('the end, and a time', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 4)
    await sql`update message_store.messages
      set time = now() at time zone 'utc' - (4 - global_position) * interval '1 hour'`.execute(db)
    expect((await seekSubscription(store, { ...delays, tail: true })).position).toBe(5n)
    const since = new Date(Date.now() - 2.5 * 3_600_000)
    expect((await seekSubscription(store, { ...delays, since })).position).toBe(2n)
    const all = { id: 'delays', source: { all: true } as const }
    expect((await seekSubscription(store, { ...all, tail: true })).position).toBe(5n)
  })

  embedded('one that is paused: it stands, and goes on from there', async ({ db, store }) => {
    await installEffects(db)
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const { events, subscription } = noting(store)
    const run = subscription.run()
    await events.next('live')
    await pauseSubscription(db, delays)
    await seekSubscription(store, { ...delays, position: 4n })
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused', position: 3n }])
    expect(await effects(db)).toHaveLength(5)
    await resumeSubscription(db, delays)
    await events.next('moved')
    await events.next('live')
    expect(await effects(db)).toEqual([...upTo(5), 4, 5])
    await subscription.stop()
    await run
  })

  embedded('all members of a group, or none', async ({ db, store }) => {
    await installCheckpoints(db)
    const checkpoints = tableCheckpoints(db)
    const group = { id: 'delays', source: { category: 'airport', consumerGroup: { size: 3 } } }
    const places = () =>
      Promise.all(
        [0, 1, 2].map((member) => checkpoints.load({ ...key, consumerGroup: { member, size: 3 } })),
      )
    await checkpoints.claim({ ...key, consumerGroup: { member: 1, size: 3 } }, 'it')
    await checkpoints.save({ ...key, consumerGroup: { member: 2, size: 3 } }, 9n)
    await expect(
      db.transaction().execute(async (trx) => {
        await seekSubscription(store.using(trx), { ...group, position: 5n })
        throw new Error('roll back')
      }),
    ).rejects.toThrow('roll back')
    expect(await places()).toEqual([undefined, undefined, 9n])
    expect(await seekSubscription(store, { ...group, position: 5n })).toEqual({
      position: 5n,
      members: [
        { consumerGroup: { member: 0, size: 3 }, before: undefined },
        { consumerGroup: { member: 1, size: 3 }, before: undefined },
        { consumerGroup: { member: 2, size: 3 }, before: 9n },
      ],
    })
    expect(await places()).toEqual([4n, 4n, 4n])
  })
})

describe('a seek is refused', () => {
  embedded('while the group is resized, and of what was retired', async ({ db, store }) => {
    await installCheckpoints(db)
    const source = { category: 'airport', consumerGroup: { size: 2, heartbeat: 20 } }
    const events = recordEvents()
    const options = { ...base, source, checkpoints: tableCheckpoints(db), handler: () => {} }
    const subscription = subscribe(store, { ...options, ...events })
    const run = subscription.run()
    await events.next('live')
    await pauseSubscription(db, { id: 'delays', source })
    await resizeConsumerGroup(db, { id: 'delays', category: 'airport', size: 5 })
    const seek = () => seekSubscription(store, { ...delays, position: 1n })
    await expect(seek()).rejects.toThrow(GroupResizingError)
    await resumeSubscription(db, { id: 'delays', source })
    await events.next('resized')
    // by the size that it has, whatever is given
    expect((await seek()).members).toHaveLength(5)
    await subscription.stop()
    await run
    expect((await readConsumerGroup(db, { id: 'delays', category: 'airport' }))?.size).toBe(5)

    const checkpoints = tableCheckpoints(db)
    for (const id of ['old', 'new']) await checkpoints.save({ ...key, subscriptionId: id }, 1n)
    await switchProjection(db, { from: 'old', to: 'new', switch: () => {} })
    const retired = seekSubscription(store, { ...delays, id: 'old', position: 1n })
    await expect(retired).rejects.toMatchObject({ code: 'SUBSCRIPTION_RETIRED' })
  })

  embedded('where its place is in a position stream', async ({ db, store }) => {
    await installCheckpoints(db)
    await streamCheckpoints(store).save(key, 4n)
    const seeking = seekSubscription(store, { ...delays, position: 1n })
    await expect(seeking).rejects.toMatchObject({
      code: 'SEEK_UNAVAILABLE',
      streamName: 'airport:position-delays',
    })
    const { rows } = await sql`select from mdb.checkpoint`.execute(db)
    expect(rows).toEqual([])
  })

  embedded('when it makes no sense, before anything moves', async ({ db, store }) => {
    await installCheckpoints(db)
    await tableCheckpoints(db).save({ ...key, consumerGroup: { member: 0, size: 2 } }, 1n)
    const refused = (options: object): Promise<unknown> =>
      seekSubscription(store, { ...delays, position: 1n, ...options })
    await expect(refused({ position: undefined })).rejects.toMatchObject({ option: 'position' })
    await expect(refused({ position: -1n })).rejects.toThrow(InvalidOptionError)
    await expect(refused({ tail: true })).rejects.toThrow(InvalidOptionError)
    await expect(refused({ timeout: 0 })).rejects.toMatchObject({ option: 'timeout' })
    await expect(refused({ id: '+' })).rejects.toThrow(InvalidOptionError)
    // it has run as a group of two
    await expect(refused({})).rejects.toThrow('must be as the subscription has run: { size: 2 }')
    const member = { category: 'airport', consumerGroup: { member: 0, size: 2 } }
    await expect(refused({ source: member })).rejects.toMatchObject({
      option: 'source.consumerGroup.member',
    })
    const { rows } = await sql`select from mdb.subscription_control`.execute(db)
    expect(rows).toEqual([])
  })

  embedded('when a handler does not come to its end in time', async ({ db, store }) => {
    await installEffects(db)
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const began = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const { subscription } = noting(store, {
      async onMessage() {
        began.resolve()
        await end.promise
      },
    })
    const run = subscription.run()
    await began.promise
    const seeking = seekSubscription(store, { ...delays, position: 1n, timeout: 20 })
    await expect(seeking).rejects.toMatchObject({ code: 'SEEK_TIMEOUT', timeout: 20 })
    end.resolve()
    await subscription.stop()
    expect(await run).toMatchObject({ position: 1n })
  })
})

describe('what is parked', () => {
  embedded(
    'stays parked: what comes again of its stream queues, and a replay takes it in order',
    async ({ db, store }) => {
      await installCheckpoints(db)
      await writeNumbers(store, 'airport-SEA', 1, 4)
      let broken = true
      const numbers: number[] = []
      const options = {
        ...base,
        checkpoints: tableCheckpoints(db),
        failure: retryThenPark({ attempts: 1 }),
        handler({ data }: Counted) {
          if (broken && data.n === 3) throw new Error('not yet')
          numbers.push(data.n)
        },
      }
      const events = recordEvents()
      const subscription = subscribe<Counted>(store, { ...options, ...events })
      const run = subscription.run()
      await events.next('live')
      expect(numbers).toEqual([1, 2])
      await seekSubscription(store, { ...delays, position: 2n })
      await events.next('moved')
      await events.next('live')
      expect(numbers).toEqual([1, 2])
      broken = false
      const parked = parkedMessages<Counted>(store, options)
      expect(await parked.replay()).toMatchObject({ replayed: 3, released: ['airport-SEA'] })
      expect(numbers).toEqual([1, 2, 2, 3, 4])
      await writeNumbers(store, 'airport-SEA', 5, 5)
      await expect.poll(() => numbers.at(-1)).toBe(5)
      await subscription.stop()
      await run
    },
  )
})
