import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createMessageStore } from '@mdb/core'
import {
  constantPolling,
  pauseSubscription,
  subscribe,
  tableCheckpoints,
  waitUntilProcessed,
} from '@mdb/subscriptions'
import { listenWakeUps } from '@mdb/subscriptions/pg'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { expect } from 'vitest'
import {
  connectTo,
  type EffectDatabase,
  effects,
  installEffects,
  untilSomebodyWaits,
  upTo,
} from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

// What is answered late, or never: nothing waits for it beyond what was promised.

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const source = { category: 'airport' }
const base = { id: 'delays', source, polling: constantPolling({ interval: 20 }) }

test('a run that is aborted while it waits to claim takes nothing over', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  await writeNumbers(store, 'airport-SEA', 1, 1)
  const [one, two] = [connectTo(database.connectionString!), connectTo(database.connectionString!)]
  const began = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const events = recordEvents()
  const working = subscribe<Counted, EffectDatabase>(createMessageStore(one), {
    ...base,
    transactional: 'message',
    checkpoints: tableCheckpoints(one),
    ...events,
    async handler({ data }, { trx }) {
      began.resolve()
      await end.promise
      await trx.insertInto('effect').values({ n: data.n, by: 'one' }).execute()
    },
  })
  const run = working.run()
  await began.promise
  const aborted = new AbortController()
  const late = subscribe<Counted, EffectDatabase>(createMessageStore(two), {
    ...base,
    transactional: 'message',
    checkpoints: tableCheckpoints(two),
    handler: () => {},
  }).run({ signal: aborted.signal })
  await untilSomebodyWaits(db)
  aborted.abort()
  await expect(late).resolves.toMatchObject({ reason: 'aborted' })
  // Its statement has given up too, before the row is free.
  await expect.poll(() => waiting(db)).toBe(0)
  end.resolve()
  await writeNumbers(store, 'airport-SEA', 2, 3)
  await expect.poll(() => effects(db)).toEqual(upTo(3))
  await working.stop()
  await expect(run).resolves.toMatchObject({ reason: 'stopped' })
  await Promise.all([one.destroy(), two.destroy()])
})

test('a look for operators that hangs is a stall, and a stop does not wait for it', async ({
  database,
  db,
}) => {
  await installEffects(db)
  await using own = connectTo(database.connectionString!)
  const events = recordEvents()
  const subscription = subscribe(createMessageStore(own), {
    ...base,
    checkpoints: tableCheckpoints(own),
    stallAfter: 200,
    controlInterval: 20,
    ...events,
    handler: () => {},
  })
  const run = subscription.run()
  await events.next('live')
  await using _locked = await lockTable(db, 'subscription_control')
  await events.next('stalled')
  await subscription.stop()
  await expect(run).resolves.toMatchObject({ reason: 'stopped' })
})

for (const table of ['checkpoint', 'subscription_control']) {
  test(`a timeout and a signal end looks that hang: ${table}`, async ({ database, db, store }) => {
    await installEffects(db)
    const processed = await store.writeMessage('airport-SEA', { type: 'Counted', data: { n: 1 } })
    await using own = connectTo(database.connectionString!)
    await using _locked = await lockTable(db, table)
    const options = { id: 'delays', source }
    const pausing = pauseSubscription(own, { ...options, timeout: 100 })
    const pauseSignal = pauseSubscription(own, { ...options, signal: AbortSignal.timeout(100) })
    const mine = createMessageStore(own)
    const wait = { ...options, processed }
    const ends = await Promise.allSettled([
      pausing,
      pauseSignal,
      ...(table === 'checkpoint'
        ? [
            waitUntilProcessed(mine, { ...wait, timeout: 100 }),
            waitUntilProcessed(mine, { ...wait, signal: AbortSignal.timeout(100) }),
          ]
        : []),
    ])
    const names = ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).name : 'ok'))
    const expected = ['NotPausedError', 'TimeoutError', 'ProcessingTimeoutError', 'TimeoutError']
    expect(names).toEqual(expected.slice(0, names.length))
  })
}

test('a listening connection that hangs while it is made is given up, and its socket closed', async ({
  database,
}) => {
  const target = new URL(database.connectionString!)
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    // The first is taken and never answered, as by a host that died.
    if (sockets.length === 1) {
      socket.resume()
      return
    }
    const up = connect({ host: target.hostname, port: Number(target.port) })
    up.on('error', () => undefined)
    socket.pipe(up).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(target)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  const listening = Promise.withResolvers<void>()
  const wakeUps = listenWakeUps(() => new pg.Client({ connectionString: through.href }), {
    heartbeat: 100,
    reconnect: { min: 1, max: 2 },
    observer: ({ type }) => void (type === 'listening' && listening.resolve()),
  })
  await listening.promise
  await expect.poll(() => sockets[0]?.closed).toBe(true)
  await wakeUps.close()
  server.close()
})

async function lockTable(db: Kysely<EffectDatabase>, table: string): Promise<AsyncDisposable> {
  const trx = await db.startTransaction().execute()
  await sql`lock table ${sql.id('mdb', table)} in access exclusive mode`.execute(trx)
  return { [Symbol.asyncDispose]: async () => trx.rollback().execute() }
}

async function waiting(db: Kysely<EffectDatabase>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.count ?? 0
}
