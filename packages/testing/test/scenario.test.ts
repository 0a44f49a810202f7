import { AssertionError } from 'node:assert'
import { type Message, type MessageStoreDatabase, defineCategory } from '@mdb/core'
import {
  given,
  message,
  messageBuilder,
  planFaults,
  ScenarioSetUpError,
  stream,
  type TestDatabase,
} from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Kysely } from 'kysely'
import { describe, expect, test as plain } from 'vitest'
import { z } from 'zod'

interface Database extends MessageStoreDatabase {
  delay: { airport: string; minutes: number }
}
type Departed = Message<'FlightDeparted', { delay: number }>

async function prepare<DB>(db: Kysely<DB>): Promise<void> {
  await sql`create table delay (airport text, minutes int)`.execute(db)
}
const test = messageStoreTest<Database>({ isolation: 'file', prepare })
const inside = messageStoreTest<Database>({ isolation: 'transaction', prepare })
let number = 0
const airport = (): string => `airport-${(number += 1)}`

/** A handler, as a subscription takes it. */
async function alert({ streamName, data }: Departed, { store }: WithStore): Promise<void> {
  if (data.delay < 0) throw new RangeError('a delay below nothing')
  if (data.delay < 60) return
  await store.writeMessage(`alert-${streamName}`, {
    type: 'Alerted',
    data: { delay: data.delay },
    metadata: { correlationStreamName: streamName, properties: { by: 'test' } },
  })
}

/** A projection, as a transactional subscription takes it. */
async function project({ streamName, data }: Departed, { trx }: WithTrx): Promise<void> {
  await trx.insertInto('delay').values({ airport: streamName, minutes: data.delay }).execute()
  if (data.delay > 999) throw new RangeError('too late')
}

interface WithStore {
  readonly store: { writeMessage(name: string, message: object): Promise<unknown> }
}
interface WithTrx {
  readonly trx: Kysely<Database>
}

const departed = messageBuilder('FlightDeparted', { delay: 0 })

async function failureOf(running: Promise<void>): Promise<string> {
  const error: unknown = await running.catch((reason: unknown) => reason)
  if (!(error instanceof AssertionError)) throw new Error('it did not fail', { cause: error })
  // oxlint-disable-next-line no-control-regex -- colours
  return error.message.replaceAll(/\u001B\[\d+m/g, '')
}

describe('given messages, when one is handled, then', () => {
  test('these messages', async ({ database }) => {
    const name = airport()
    await given(database, stream(name, departed(), departed({ delay: 5 })))
      .when(alert, message(name, 'FlightDeparted', { delay: 90 }))
      .thenExpect({
        messages: [
          message(`alert-${name}`, 'Alerted', { delay: 90 }, { correlationStreamName: name }),
        ],
      })
  })

  test('none, and said in short', async ({ database }) => {
    const name = airport()
    await given(database)
      .when(alert, message(name, 'FlightDeparted', { delay: 1 }))
      .thenExpect({ messages: [] })
  })

  test('an error, by class, text or code; and then nothing of a transaction', async ({
    database,
  }) => {
    const name = airport()
    const late = message(name, 'FlightDeparted', { delay: 1_000 })
    for (const error of [RangeError, /late/, { message: 'too late' }]) {
      await given(database)
        .whenInTransaction(project, late)
        .thenExpect({ error, messages: [], rows: { delay: [] } })
    }
    await given(database)
      .whenDone(async ({ store }) =>
        store.writeMessage(name, departed(), { expectedVersion: 'no-stream' }),
      )
      .thenExpect({ error: { code: 'WRONG_EXPECTED_VERSION' } })
  })

  test('these rows, in any order, by the columns that are named', async ({ database, db }) => {
    const [one, other] = [airport(), airport()]
    const scenario = given(database, stream(one, departed()))
    await scenario
      .whenInTransaction(project, message(other, 'FlightDeparted', { delay: 7 }))
      .thenExpect({ rows: { delay: [{ minutes: 7 }] } })
    await given(database)
      .whenInTransaction(project, message(one, 'FlightDeparted', { delay: 3 }))
      .thenExpect({
        rows: {
          delay: [
            { airport: one, minutes: 3 },
            { airport: other, minutes: 7 },
          ],
        },
      })
    await db.deleteFrom('delay').execute()
  })

  test('with a typed category: checked, and typed', async ({ database }) => {
    const flights = defineCategory('flight', { Landed: z.object({ gate: z.string() }) })
    const landed = { type: 'Landed', data: { gate: 'A1' } } as const
    const handler = flights.handler<WithStore>(async ({ data }, { store }) => {
      await store.writeMessage('gate-1', { type: 'GateTaken', data })
    })
    const [last] = stream(flights, '2', landed)
    await given(database, stream(flights, '1', landed))
      .when(handler, last!)
      .thenExpect({ messages: [message('gate-1', 'GateTaken', { gate: expect.any(String) })] })
    // @ts-expect-error -- a gate is a text
    const wrong = stream(flights, '1', { type: 'Landed', data: { gate: 1 } })
    await given(database, wrong)
      .whenDone(() => undefined)
      .thenExpect({})
      .then(
        () => expect.unreachable(),
        (error: unknown) => expect(error).toMatchObject({ cause: { code: 'MESSAGE_REJECTED' } }),
      )
  })
})

describe('rows are compared', () => {
  const rows = [
    { airport: 'x', minutes: 1 },
    { airport: 'y', minutes: 2 },
  ]
  const expecting = (
    database: TestDatabase<Database>,
    delay: readonly { airport?: string; minutes?: number }[],
  ): Promise<void> =>
    given(database)
      .whenDone(async ({ db }) => {
        await db.deleteFrom('delay').execute()
        await db.insertInto('delay').values(rows).execute()
      })
      .thenExpect({ rows: { delay } })

  test.for<[string, readonly { airport?: string; minutes?: number }[]]>([
    ['each by its own columns', [{ minutes: 2 }, { airport: 'x' }]],
    ['a matcher in the first alone', [{ airport: 'y', minutes: expect.any(Number) }, rows[0]!]],
    ['a matcher in the last alone', [rows[0]!, { airport: 'y', minutes: expect.any(Number) }]],
    ['what names little leaves the row to what names more', [{}, { airport: 'x' }]],
    ['moving on twice', [{ minutes: expect.any(Number) }, { minutes: 1 }]],
  ])('%s', async ([, delay], { database }) => {
    await expecting(database, delay)
    await expecting(database, delay.toReversed())
  })

  test('and a row counts once', async ({ database }) => {
    for (const delay of [[{ airport: 'x' }, { airport: 'x' }], [{ airport: 'x' }]]) {
      expect(await failureOf(expecting(database, delay))).toMatch(/\+ +airport: 'y'/)
    }
    expect(await failureOf(expecting(database, [...rows, { minutes: 3 }]))).toMatch(/- +minutes: 3/)
  })

  test('and what differs stands beside what is nearest', async ({ database }) => {
    const text = await failureOf(expecting(database, [{ airport: 'y', minutes: 3 }, rows[0]!]))
    expect(text).toMatch(/ +airport: 'y',\n\+ +minutes: 2\n- +minutes: 3/)
    expect(text).not.toMatch(/[+-] +airport/)
  })
})

describe('a page is handled', () => {
  const name = airport()
  const page = [departed({ delay: 5 }), departed({ delay: 6 })]
  const raise = async (messages: readonly Departed[], { store }: WithStore): Promise<void> => {
    const delays = messages.map(({ data }) => data.delay)
    await store.writeMessage(`alert-${name}`, { type: 'Alerted', data: { delays } })
  }
  const projectPage = async (messages: readonly Departed[], context: WithTrx): Promise<void> => {
    for (const each of messages) await project(each, context)
  }

  test('at once', async ({ database }) => {
    await given(database, stream(name, departed()))
      .whenPage(raise, stream(name, ...page))
      .thenExpect({ messages: [message(`alert-${name}`, 'Alerted', { delays: [5, 6] })] })
  })

  test('in a transaction, which is rolled back when it fails', async ({ database, db }) => {
    await db.deleteFrom('delay').execute()
    const late = message(name, 'FlightDeparted', { delay: 1_000 })
    const first = message(name, 'FlightDeparted', { delay: 1 })
    await given(database)
      .whenPageInTransaction(projectPage, first, late)
      .thenExpect({ error: /too late/, rows: { delay: [] } })
    await given(database)
      .whenPageInTransaction(projectPage, stream(name, ...page))
      .thenExpect({ rows: { delay: [{ minutes: 6 }, { minutes: 5 }] } })
    await db.deleteFrom('delay').execute()
  })
})

describe('where the test is in a transaction', () => {
  inside('a scenario has a savepoint of it: kept, or taken back', async ({ database }) => {
    await given(database)
      .whenInTransaction(project, message('airport-1', 'FlightDeparted', { delay: 7 }))
      .thenExpect({ rows: { delay: [{ minutes: 7 }] } })
    await given(database)
      .whenInTransaction(
        async (_, { trx }) => {
          await trx.deleteFrom('delay').execute()
          await sql`select 1 / 0`.execute(trx)
        },
        message('airport-1', 'FlightDeparted', { delay: 0 }),
      )
      .thenExpect({ error: { code: '22012' }, rows: { delay: [{ minutes: 7 }] } })
  })
})

describe('a scenario that cannot begin', () => {
  const unwritable = message('airport-1', '', {})

  test('is no failure of its handler', async ({ database }) => {
    let handled = 0
    const handler = (): void => void (handled += 1)
    for (const scenario of [
      given(database).when(handler, unwritable),
      given(database).whenInTransaction(handler, unwritable),
      given(database, unwritable).whenDone(handler),
    ]) {
      const error: unknown = await scenario
        .thenExpect({ error: /./ })
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(ScenarioSetUpError)
      expect(error).toMatchObject({ code: 'SCENARIO_SET_UP_FAILED', cause: expect.any(Error) })
    }
    expect(handled).toBe(0)
  })

  test('nor is a transaction that cannot', async ({ database }) => {
    const failing = database.connect({
      faults: planFaults({ faults: [{ fault: 'connection lost', before: 'begin' }] }),
    })
    await given({ db: failing, store: database.store.using(failing) })
      .whenInTransaction(project, message(airport(), 'FlightDeparted', { delay: 0 }))
      .thenExpect({ error: /./ })
      .then(
        () => expect.unreachable(),
        (error: unknown) => expect(error).toBeInstanceOf(ScenarioSetUpError),
      )
  })
})

describe('a scenario that fails says how', () => {
  test('messages', async ({ database }) => {
    const name = airport()
    const text = await failureOf(
      given(database)
        .when(alert, message(name, 'FlightDeparted', { delay: 61 }))
        .thenExpect({ messages: [message(`alert-${name}`, 'Alerted', { delay: 62 })] }),
    )
    expect(text).toMatch(/^The messages that were written are not those expected\./)
    expect(text).toMatch(/\+ +delay: 61\n- +delay: 62/)
  })

  test('one too many, and one too few', async ({ database }) => {
    const name = airport()
    const alerted = message(`alert-${name}`, 'Alerted', { delay: 70 })
    for (const messages of [[], [alerted, alerted]]) {
      const text = await failureOf(
        given(database)
          .when(alert, message(name, 'FlightDeparted', { delay: 70 }))
          .thenExpect({ messages }),
      )
      expect(text).toMatch(/Alerted/)
    }
  })

  test('rows', async ({ database, db }) => {
    const text = await failureOf(
      given(database)
        .whenInTransaction(project, message(airport(), 'FlightDeparted', { delay: 7 }))
        .thenExpect({ rows: { delay: [{ minutes: 8 }] } }),
    )
    expect(text).toMatch(
      /^The rows of delay are not those expected\.[^]*\+ +minutes: 7\n- +minutes: 8/,
    )
    await db.deleteFrom('delay').execute()
  })

  test('no error, another error, and one that nobody expected', async ({ database }) => {
    const name = airport()
    const when = (delay: number) =>
      given(database).when(alert, message(name, 'FlightDeparted', { delay }))
    expect(await failureOf(when(1).thenExpect({ error: RangeError }))).toBe(
      'It should have failed with RangeError, and did not fail.',
    )
    expect(await failureOf(when(-1).thenExpect({ error: { code: 'X' } }))).toMatch(
      /^It should have failed with { code: 'X' }, and failed with RangeError: a delay below/,
    )
    await expect(when(-1).thenExpect({ messages: [] })).rejects.toThrow(RangeError)
  })
})

plain('builders build', () => {
  expect(message('a-1', 'Opened', {})).toEqual({
    streamName: 'a-1',
    message: { type: 'Opened', data: {} },
  })
  expect(departed({ delay: 3 })).toEqual({ type: 'FlightDeparted', data: { delay: 3 } })
  expect(stream('a-1', departed())).toEqual([{ streamName: 'a-1', message: departed() }])
})
