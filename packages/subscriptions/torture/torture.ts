import { createMessageStore, isTransient } from '@mdb/core'
import {
  GroupResizingError,
  type ParkedMessages,
  parkedMessages,
  resizeConsumerGroup,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { type EmbeddedServer, startEmbeddedPostgres } from '@mdb/testing/embedded'
import { type Kysely, sql } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import { type Harm, harmsOf, poisonOf } from './chaos.ts'
import { connectTo, createEffects, type TortureDatabase } from './database.ts'
import { Group } from './group.ts'
import type { Mode } from './mode.ts'
import { type Proxy, startProxy } from './proxy.ts'
import { tortured } from './subscription.ts'
import { countLost, countTotals, type Totals } from './totals.ts'
import { write } from './writers.ts'

export interface TortureOptions {
  /** The same seed makes the same harms, in the same order. */
  readonly seed: number
  readonly seconds: number
  readonly processes: number
  readonly writers: number
  /** Milliseconds. */
  readonly lease: number
  readonly mode: Mode
  readonly onProgress: (line: string) => void
}

export interface TortureResult extends Totals {
  readonly harms: ReadonlyMap<Harm['type'], number>
  readonly events: ReadonlyMap<string, number>
  /** What ended a process that should have gone on. */
  readonly deaths: readonly string[]
}

const STALLED = 60_000

/** Writes, consumes and harms for so long, lets all finish in peace, and counts. */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const { seed, seconds, processes, writers, lease, mode, onProgress } = options
  await using server = await startEmbeddedPostgres({
    postgresFlags: ['-c', 'max_connections=300'],
  })
  const database = await server.createDatabase<TortureDatabase>()
  const db = connectTo(database.connectionString as string, writers + 2)
  await using proxy = await startProxy(server.port)
  await installCheckpoints(db)
  await createEffects(db)

  const deaths: string[] = []
  const through = new URL(database.connectionString as string)
  through.port = String(proxy.port)
  through.searchParams.set('application_name', 'tortured')
  const group = new Group({
    connectionString: through.href,
    size: 4,
    lease,
    mode,
    skewOf: (process) => ((process * 37) % 120) * 1_000 - 60_000,
    onDied: (name, output) => deaths.push(`${name}: ${output}`),
  })
  const harms = new Map<Harm['type'], number>()
  const over = new AbortController()
  const parked = parkedIn(db, options, poisonOf(seed))
  try {
    for (let process = 0; process < processes; process += 1) group.start()
    const writing = write(db, writers, over.signal)
    const until = performance.now() + seconds * 1_000
    for (const harm of harmsOf(seed, seconds * 50)) {
      if (performance.now() > until || deaths.length > 0) break
      harms.set(harm.type, (harms.get(harm.type) ?? 0) + 1)
      onProgress(`${Math.ceil((until - performance.now()) / 1_000)} s left: ${harm.type}`)
      await inflict(harm, { db, server, proxy, group, lease, parked })
      await setTimeout(harm.pause)
    }
    over.abort()
    await writing
    onProgress('peace: everything is handled to the end')
    await untilHandled(
      db,
      parkedIn(db, options, () => false),
    )
    await group.leaveAll()
    return { ...(await countTotals(db, mode)), harms, events: group.events, deaths }
  } finally {
    over.abort()
    group.killAll()
    await db.destroy()
  }
}

interface Victims {
  readonly db: Kysely<TortureDatabase>
  readonly server: EmbeddedServer
  readonly proxy: Proxy
  readonly group: Group
  readonly lease: number
  readonly parked: ParkedMessages
}

async function inflict(
  harm: Harm,
  { db, server, proxy, group, lease, parked }: Victims,
): Promise<void> {
  switch (harm.type) {
    case 'kill':
      group.kill(harm.which)
      return group.start()
    case 'leave':
      group.leave(harm.which)
      return group.start()
    case 'stand still': {
      const wake = group.standStill(harm.which)
      await setTimeout(harm.leases * lease)
      return wake()
    }
    case 'cut connections':
      await peacefully(async () =>
        sql`
          select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tortured'
        `.execute(db),
      )
      return
    case 'reset network':
      return proxy.reset()
    case 'stall network':
      proxy.stall()
      await setTimeout(harm.milliseconds)
      return proxy.resume()
    case 'restart database':
      return server.restart({ mode: harm.mode })
    case 'replay':
      return peacefully(() => parked.replay())
    case 'resize':
      await peacefully(async () =>
        resizeConsumerGroup(db, { id: 'torture', category: 'flight', size: harm.size }),
      )
  }
}

/** Harms come at bad moments too: the database is away, or a resize goes on. */
async function peacefully(harm: () => Promise<unknown>): Promise<void> {
  try {
    await harm()
  } catch (error) {
    const isUntimely = error instanceof GroupResizingError || isTransient(error)
    if (!isUntimely && !(error instanceof Error && error.name === 'GroupNotFoundError')) throw error
  }
}

/** What was parked. Until it is cured, poison is still poison now and then. */
function parkedIn(
  db: Kysely<TortureDatabase>,
  { mode, lease }: TortureOptions,
  isPoisoned: () => boolean,
): ParkedMessages {
  const store = createMessageStore(db)
  const options = { mode, lease, size: 4, by: 'replay', isPoisoned, runOf: () => undefined }
  return parkedMessages(store, tortured(store, options))
}

/** Until there is an effect for each message; or, because nothing moves any more, in vain. */
async function untilHandled(db: Kysely<TortureDatabase>, parked: ParkedMessages): Promise<void> {
  let left = -1
  for (let movedAt = performance.now(); performance.now() - movedAt < STALLED;) {
    await parked.replay()
    const lost = await countLost(db)
    if (lost === 0) return
    if (lost !== left) movedAt = performance.now()
    left = lost
    await setTimeout(200)
  }
}
