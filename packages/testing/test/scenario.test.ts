import { AssertionError } from 'node:assert'
import { type Message, type MessageStoreDatabase, defineCategory } from '@mdb/core'
import { given, message, messageBuilder, stream } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Kysely } from 'kysely'
import { describe, expect, test as plain } from 'vitest'
import { z } from 'zod'

interface Database extends MessageStoreDatabase {
  delay: { airport: string; minutes: number }
}
type Departed = Message<'FlightDeparted', { delay: number }>

const test = messageStoreTest<Database>({
  isolation: 'file',
  async prepare(db) {
    await sql`create table delay (airport text, minutes int)`.execute(db)
  },
})
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
        (error: unknown) => expect(error).toMatchObject({ code: 'MESSAGE_REJECTED' }),
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
