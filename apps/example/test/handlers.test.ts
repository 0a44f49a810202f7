import type { MessageStore } from '@mdb/core'
import type { TransactionContext } from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
import { breakAirport, mendAirport } from '../src/broken-airports.ts'
import { projectedTotals } from '../src/check-totals.ts'
import { countAlerts } from '../src/count-alerts.ts'
import { createTables } from '../src/create-tables.ts'
import type { Database } from '../src/database.ts'
import { flightMessage, type FlightMessage } from '../src/flight-messages.ts'
import { projectDelays } from '../src/project-delays.ts'
import type { DelayAlertRaised } from '../src/raise-alert.ts'
import { writeFlights } from '../src/write-flights.ts'

const flight = {
  number: 1,
  departedAt: '2001/01/01 00:47',
  origin: 'DTW',
  destination: 'LAS',
  distance: 1750,
  delay: 200,
}
const task = { signal: new AbortController().signal, progress: () => Promise.resolve() }

const test = messageStoreTest<Database>({ prepare: createTables })

/** Runs a handler of pages as a subscription does: in a transaction. */
function handle<M>(
  store: MessageStore<Database>,
  handler: (messages: readonly M[], context: TransactionContext<Database>) => Promise<void>,
  messages: readonly M[],
): Promise<void> {
  return store.db.transaction().execute((trx) =>
    handler(messages, {
      subscriptionId: 'test',
      signal: task.signal,
      trx,
      store: store.using(trx),
    }),
  )
}

test('a page of arrivals is added up by airport, and raises its alerts', async ({ store }) => {
  const toDetroit = { ...flight, number: 3, origin: 'LAS', destination: 'DTW', delay: -5 }
  await writeFlights(store, [flight, { ...flight, number: 2 }, toDetroit], task)
  const messages = await store.getCategoryMessages<FlightMessage>('airport')
  await handle(store, projectDelays, messages.slice(0, 1))
  await handle(store, projectDelays, messages.slice(1))

  const none = { alerts: 0 }
  expect(await projectedTotals(store.db)).toEqual(
    new Map([
      ['LAS', { arrivals: 2, lateArrivals: 2, delayMinutes: 400, ...none }],
      ['DTW', { arrivals: 1, lateArrivals: 0, delayMinutes: -5, ...none }],
    ]),
  )
  expect(await store.getCategoryMessages('alert')).toMatchObject([
    { data: { flight: 1, airport: 'LAS', delay: 200 } },
    { data: { flight: 2, airport: 'LAS', delay: 200 } },
  ])
})

test('an arrival whose alert cannot be written is not counted either', async ({ store }) => {
  await writeFlights(store, [flight], task)
  const messages = await store.getStreamMessages<FlightMessage>('airport-LAS')
  await store.writeMessage(`alert-${messages[0]!.id}`, { type: 'InTheWay', data: {} })

  await expect(handle(store, projectDelays, messages)).rejects.toMatchObject({
    code: 'WRONG_EXPECTED_VERSION',
  })
  expect(await projectedTotals(store.db)).toEqual(new Map())
})

test('an arrival at a broken airport is refused until it is mended', async ({ store }) => {
  await writeFlights(store, [flight], task)
  const messages = await store.getStreamMessages<FlightMessage>('airport-LAS')
  expect(await breakAirport(store.db, 'LAS')).toBe(true)
  expect(await breakAirport(store.db, 'LAS')).toBe(true)
  await expect(handle(store, projectDelays, messages)).rejects.toThrow('LAS is broken')
  expect(await projectedTotals(store.db)).toEqual(new Map())

  expect(await mendAirport(store.db, 'LAS')).toBe(true)
  expect(await mendAirport(store.db, 'LAS')).toBe(false)
  await handle(store, projectDelays, messages)
  expect((await projectedTotals(store.db)).get('LAS')).toMatchObject({ arrivals: 1 })
})

test('what is no airport cannot be broken', async ({ store }) => {
  expect(await breakAirport(store.db, 'XXX')).toBe(false)
})

test('alerts are counted by airport, and the longest delay is kept', async ({ store }) => {
  const flights = [
    flight,
    { ...flight, number: 2, delay: 150 },
    { ...flight, number: 3, delay: 180 },
  ]
  await writeFlights(store, flights, task)
  const arrivals = await store.getStreamMessages<FlightMessage>('airport-LAS')
  await handle(store, projectDelays, arrivals)
  const alerts = await store.getCategoryMessages<DelayAlertRaised>('alert')
  await handle(store, countAlerts, alerts.slice(0, 2))
  await handle(store, countAlerts, alerts.slice(2))

  expect(await store.db.selectFrom('airport_alert').selectAll().execute()).toEqual([
    { airport: 'LAS', alerts: 3, longest_delay: 200 },
  ])
})

test('flights that are in the store are not written again, and by force are refused', async ({
  store,
}) => {
  expect(await writeFlights(store, [flight], task)).toBe(1)
  expect(await writeFlights(store, [flight, { ...flight, number: 2 }], task)).toBe(1)
  expect(await writeFlights(store, [flight, { ...flight, number: 2 }], task)).toBe(0)

  const { streamName, message } = flightMessage(flight)
  await expect(store.writeMessage(streamName, message)).rejects.toMatchObject({
    code: 'DUPLICATE_MESSAGE_ID',
  })
})
