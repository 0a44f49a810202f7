// A process of an elastic group on a host of its own, whose network is cut. It writes a line for each
// event. Its handler does as it is told with one number: it waits in its transaction.
import { createMessageStore } from '@mdb/core'
import { subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { EffectDatabase } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', by = '', lease = '', idleTimeout = '', holds = '', how = ''] =
  process.argv.slice(2)
// As an application's: nothing is set that would tell it of a dead connection.
const pool = new pg.Pool({ connectionString, max: 20 })
pool.on('error', () => {})
pool.on('connect', (client) => client.on('error', () => {}))
const db = new Kysely<EffectDatabase>({ dialect: new PostgresDialect({ pool }) })
const store = createMessageStore(db)

const subscription = subscribe<Counted, EffectDatabase>(store, {
  id: 'delays',
  source: { category: 'airport', consumerGroup: { size: 6, lease: Number(lease), heartbeat: 100 } },
  transactional: 'page',
  batchSize: 5,
  polling: { initial: undefined, next: () => ({ delay: 20, state: undefined }) },
  reconnect: { min: 1, max: 50 },
  checkpoints: tableCheckpoints(db, { idleTimeout: Number(idleTimeout) }),
  async handler({ data }, { trx, signal }) {
    await trx.insertInto('effect').values({ n: data.n, by }).execute()
    console.log('handled')
    if (String(data.n) !== holds) return
    if (how === 'idle') await new Promise((resolve) => signal.addEventListener('abort', resolve))
    else if (how === 'locked') await sql`select pg_advisory_xact_lock(4711)`.execute(trx)
    // Long answers, one of which the server cannot get rid of.
    else for (;;) await sql`select repeat('x', 1000) from generate_series(1, 100000)`.execute(trx)
  },
  observer(event) {
    if ('member' in event) console.log(`${event.type} ${event.member}`)
    else if (event.type === 'ended' && event.consumerGroup === undefined)
      console.log(`ended ${event.reason}`)
  },
})
process.on('SIGTERM', () => void subscription.stop())
await subscription.run()
// Connections that never say a word again would be waited for.
process.exit(0)
