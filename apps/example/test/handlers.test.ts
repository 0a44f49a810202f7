import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
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

test('an arrival that comes again changes nothing and raises no second alert', async ({
  store,
}) => {
  await writeFlights(store, [flight, { ...flight, number: 2 }], task)
  const [first, second] = await store.getStreamMessages<FlightMessage>('airport-LAS')
  const handle = projectDelays(store)
  for (const message of [first!, second!, first!, second!]) await handle(message)

  const totals = await projectedTotals(store.db)
  expect(totals.get('LAS')).toMatchObject({ arrivals: 2, lateArrivals: 2, delayMinutes: 400 })
  expect(await store.getCategoryMessages('alert')).toHaveLength(2)
})

test('an arrival whose alert cannot be written is not counted either', async ({ store }) => {
  await writeFlights(store, [flight], task)
  const [arrival] = await store.getStreamMessages<FlightMessage>('airport-LAS')
  await store.writeMessage(`alert-${arrival!.id}`, { type: 'InTheWay', data: {} })

  await expect(projectDelays(store)(arrival!)).rejects.toMatchObject({
    code: 'WRONG_EXPECTED_VERSION',
  })
  expect(await projectedTotals(store.db)).toEqual(new Map())
})

test('an alert that comes again is counted once', async ({ store }) => {
  await writeFlights(store, [flight, { ...flight, number: 2, delay: 150 }], task)
  for (const arrival of await store.getStreamMessages<FlightMessage>('airport-LAS')) {
    await projectDelays(store)(arrival)
  }
  const alerts = await store.getCategoryMessages<DelayAlertRaised>('alert')
  for (const alert of [...alerts, ...alerts]) await countAlerts(store)(alert)

  expect(await store.db.selectFrom('airport_alert').selectAll().execute()).toMatchObject([
    { airport: 'LAS', alerts: 2, longest_delay: 200 },
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
