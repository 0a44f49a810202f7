import { isTransient } from '@mdb/core'
import { planFaults, type FaultName, type PlannedFault, type TestDatabase } from '@mdb/testing'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { startPGlite } from '@mdb/testing/pglite'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointsOf } from '../src/faults/points.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres()
})
afterAll(async () => server.stop())

/** Writes three messages, each in a transaction, and says how each went. */
async function writeThree(
  database: TestDatabase,
  options: Parameters<typeof planFaults>[0],
): Promise<{ readonly went: readonly string[]; readonly struck: readonly string[] }> {
  const faults = planFaults(options)
  const db = database.connect({ faults })
  const went: string[] = []
  for (let version = 0n; version < 3n; version += 1n) {
    const writing = db.transaction().execute(async (trx) => {
      const message = { type: 'Written', data: {} }
      await database.store.using(trx).writeMessage(`airport-${version}`, message)
    })
    await writing.then(
      () => went.push('done'),
      (error: unknown) => went.push(isTransient(error) ? 'cut off' : String(error)),
    )
  }
  return { went, struck: faults.struck.map(({ fault, occurrence }) => `${fault} ${occurrence}`) }
}

async function written({ store }: TestDatabase): Promise<readonly bigint[]> {
  const messages = await store.getCategoryMessages('airport')
  return messages.map(({ streamName }) => BigInt(streamName.slice('airport-'.length)))
}

for (const backend of ['pglite', 'embedded'] as const) {
  describe(`faults on ${backend}`, () => {
    const start = async (): Promise<AsyncDisposable & { readonly database: TestDatabase }> => {
      const owner = backend === 'pglite' ? await startPGlite() : server
      const database = await owner.createDatabase()
      const dispose = async (): Promise<void> =>
        backend === 'pglite' ? owner.stop() : database.close()
      return { database, [Symbol.asyncDispose]: dispose }
    }

    test('a crash before the commit: nothing is committed', async () => {
      await using at = await start()
      const faults: PlannedFault[] = [{ fault: 'crash before commit', occurrence: 2 }]
      const { went, struck } = await writeThree(at.database, { faults })
      expect(went).toEqual(['done', 'cut off', 'done'])
      expect(struck).toEqual(['crash before commit 2'])
      expect(await written(at.database)).toEqual([0n, 2n])
    })

    test('a commit that is not acknowledged: it is done, and its caller does not know', async () => {
      await using at = await start()
      const faults: PlannedFault[] = [{ fault: 'commit unacknowledged' }]
      const { went } = await writeThree(at.database, { faults })
      expect(went).toEqual(['cut off', 'done', 'done'])
      expect(await written(at.database)).toEqual([0n, 1n, 2n])
    })

    test('a connection lost before a statement', async () => {
      await using at = await start()
      const faults: PlannedFault[] = [{ fault: 'connection lost', before: 'write', times: 2 }]
      const { went } = await writeThree(at.database, { faults })
      expect(went).toEqual(['cut off', 'cut off', 'done'])
      expect(await written(at.database)).toEqual([2n])
    })

    test('a wake-up and its connection lost at once: its caller hears of that', async () => {
      await using at = await start()
      const faults = planFaults({
        faults: [{ fault: 'wake-up lost' }, { fault: 'connection lost', before: 'wake-up' }],
      })
      const db = at.database.connect({ faults })
      const error: unknown = await sql`select pg_notify('news', '')`
        .execute(db)
        .catch((reason: unknown) => reason)
      expect(isTransient(error)).toBe(true)
      expect(faults.struck.map(({ fault }) => fault)).toEqual(['wake-up lost', 'connection lost'])
    })

    test('the same seed, the same faults; another, others', async () => {
      const run = async (seed: number): Promise<readonly string[]> => {
        await using at = await start()
        const faults: PlannedFault[] = [
          { fault: 'crash before commit', chance: 0.5, times: Infinity },
        ]
        return (await writeThree(at.database, { faults, seed })).went
      }
      expect(await run(5)).toEqual(['done', 'cut off', 'cut off'])
      expect(await run(5)).toEqual(['done', 'cut off', 'cut off'])
      expect(await run(7)).toEqual(['done', 'cut off', 'done'])
    })

    test('without faults all goes well, and nothing has struck', async () => {
      await using at = await start()
      const { went, struck } = await writeThree(at.database, { faults: [] })
      expect(went).toEqual(['done', 'done', 'done'])
      expect(struck).toEqual([])
    })
  })
}

describe('faults that need a server', () => {
  test('a restart of the database', async () => {
    await using own = await startEmbeddedPostgres()
    await using database = await own.createDatabase()
    const { went } = await writeThree(database, {
      faults: [{ fault: 'database restarted', occurrence: 2 }],
      restart: async () => own.restart({ mode: 'immediate' }),
    })
    expect(went[0]).toBe('done')
    expect(went[1]).not.toBe('done')
    expect(went[2]).toBe('done')
    expect(await written(database)).toEqual([0n, 2n])
  })

  test('a wake-up that is lost: the next one is heard', async () => {
    await using database = await server.createDatabase()
    const faults = planFaults({ faults: [{ fault: 'wake-up lost' }] })
    const db = database.connect({ faults, max: 1 })
    const listener = new pg.Client({ connectionString: database.connectionString })
    await listener.connect()
    const heard: (string | undefined)[] = []
    const last = Promise.withResolvers<void>()
    listener.on('notification', ({ payload }) => {
      heard.push(payload)
      // Of one session, in the order in which they were sent: what was not lost is heard by now.
      if (payload === 'three') last.resolve()
    })
    await listener.query('listen news')
    for (const text of ['one', 'two', 'three'])
      await sql`select pg_notify('news', ${text})`.execute(db)
    await last.promise
    await listener.end()
    expect(heard).toEqual(['two', 'three'])
    expect(faults.struck).toMatchObject([
      { fault: 'wake-up lost', point: 'wake-up', occurrence: 1 },
    ])
  })

  test('a lease that somebody else takes', async () => {
    await using database = await server.createDatabase()
    await sql`create schema mdb`.execute(database.db)
    await sql`create table mdb.checkpoint (epoch bigint not null, position bigint)`.execute(
      database.db,
    )
    await sql`insert into mdb.checkpoint values (1, 0)`.execute(database.db)
    const faults = planFaults({ faults: [{ fault: 'lease lost' }] })
    const db = database.connect({ faults })
    const save = async (): Promise<bigint | undefined> => {
      const result = await sql`update mdb.checkpoint set position = 9 where epoch = 1`.execute(db)
      return result.numAffectedRows
    }
    expect(await save()).toBe(0n)
    expect(faults.struck).toMatchObject([{ fault: 'lease lost', point: 'checkpoint' }])
  })

  test('PGlite says that it cannot have it', async () => {
    await using own = await startPGlite()
    await using database = await own.createDatabase()
    const db = database.connect({ faults: planFaults({ faults: [{ fault: 'lease lost' }] }) })
    const saving = sql`update mdb.checkpoint set position = 1`.execute(db)
    await expect(saving).rejects.toMatchObject({ code: 'INVALID_SETTING' })
  })
})

test('statements are at the points that their SQL says', () => {
  const at = (text: string, parameters: readonly unknown[] = []): readonly string[] =>
    [...pointsOf({ sql: text, parameters })].filter((point) => point !== 'statement')
  expect(at('select * from message_store.get_category_messages($1)')).toEqual(['page'])
  expect(at('select * from "message_store"."messages"')).toEqual(['page'])
  expect(at('select message_store.write_message($1)', ['1', 'a-1'])).toEqual(['write'])
  expect(at('select message_store.write_message($1)', ['1', 'a:position-b'])).toEqual([
    'checkpoint',
  ])
  for (const saves of [
    'update "mdb"."checkpoint" set "position" = $1 where "epoch" = $2',
    'update mdb.checkpoint set epoch = 2, position = 9',
    '/* a mark */ update mdb.checkpoint set position = 9',
    'select "position" from "mdb"."checkpoint" for no key update',
    'insert into "mdb"."checkpoint" ("source", "position") values ($1, $2) on conflict do nothing',
    'insert into "mdb"."checkpoint" values (1) on conflict do update set "position" = excluded.position',
  ]) {
    expect(at(saves), saves).toEqual(['checkpoint'])
  }
  for (const other of [
    'insert into "mdb"."checkpoint" ("epoch") values (1) returning "checkpoint"."position"',
    'update "mdb"."checkpoint" set "released_at" = now() where "position" = $1',
    'update "mdb"."checkpoint" set "epoch" = epoch + 1 returning "position" as "position"',
    'select "position" from "mdb"."checkpoint"',
  ]) {
    expect(at(other), other).toEqual([])
    expect(at(`/* a mark */ ${other}`), other).toEqual([])
  }
  expect(at('update "mdb"."consumer_group_member" set owner = $1')).toEqual(['lease'])
  expect(at("select pg_notify('a', 'b')")).toEqual(['wake-up'])
  expect(at('notify a')).toEqual(['wake-up'])
  expect(at('select 1')).toEqual([])
})

test.for<[object, string]>([
  [{ fault: 'meteor' }, 'fault is "meteor"'],
  [{ fault: 'crash before commit', before: 'page' }, 'before of crash before commit is "page"'],
  [{ fault: 'connection lost', occurrence: 0 }, 'occurrence is 0'],
  [{ fault: 'connection lost', chance: 2 }, 'chance is 2'],
  [{ fault: 'connection lost', chance: 0.5, occurrence: 1 }, 'chance is 0.5'],
  [{ fault: 'connection lost', times: 0 }, 'times is 0'],
  [{ fault: 'connection lost', times: 1.5 }, 'times is 1.5; it must be an integer of 1 or more'],
  [{ fault: 'connection lost', times: Number.NaN }, 'times is NaN'],
  [{ fault: 'toString' }, 'fault is "toString"'],
  [{ fault: 'connection lost', before: 'chekpoint' }, 'before of connection lost is "chekpoint"'],
  [{ fault: 'database restarted' }, 'restart is undefined'],
])('refuses to plan %j', ([fault, text]) => {
  const planning = (): unknown => planFaults({ faults: [fault as { readonly fault: FaultName }] })
  expect(planning).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }))
  expect(planning).toThrow(text)
})

test.for([Number.NaN, 0.5, Infinity])('refuses the seed %d, which would be another', (seed) => {
  const planning = (): unknown => planFaults({ faults: [], seed })
  expect(planning).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }))
  expect(planning).toThrow(`seed is ${seed}; it must be an integer`)
})

test('a wait for faults is given up by its signal', async () => {
  const faults = planFaults({ faults: [{ fault: 'connection lost', before: 'statement' }] })
  const giving = new AbortController()
  const waiting = faults.untilStruck(2, { signal: giving.signal })
  faults.strike(new Set(['statement']), 'select')
  giving.abort(new Error('long enough'))
  await expect(waiting).rejects.toThrow('long enough')
  await faults.untilStruck(1, { signal: giving.signal })
})
