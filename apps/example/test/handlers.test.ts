import { given, message } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
import { breakAirport, mendAirport } from '../src/broken-airports.ts'
import { countAlerts } from '../src/count-alerts.ts'
import { createTables } from '../src/create-tables.ts'
import type { Database } from '../src/database.ts'
import { flightMessage } from '../src/flight-messages.ts'
import { projectDelays } from '../src/project-delays.ts'
import { writeFlights } from '../src/write-flights.ts'

const flight = {
  number: 1,
  departedAt: '2001/01/01 00:47',
  origin: 'DTW',
  destination: 'LAS',
  distance: 1750,
  delay: 200,
}
const another = { ...flight, number: 2 }

const test = messageStoreTest<Database>({ prepare: createTables })

/** The stream of the alert that an arrival raises. */
function alertStream({ message: { id } }: ReturnType<typeof flightMessage>): string {
  return `alert-${id}`
}

test('a page of arrivals is added up by airport, and raises its alerts', async ({ database }) => {
  const toDetroit = { ...flight, number: 3, origin: 'LAS', destination: 'DTW', delay: -5 }
  const [first, second] = [flightMessage(flight), flightMessage(another)]
  await given(database)
    .whenPageInTransaction(projectDelays, first)
    .thenExpect({
      messages: [
        message(alertStream(first), 'DelayAlertRaised', { flight: 1, airport: 'LAS', delay: 200 }),
      ],
      rows: { airport_delay: [{ airport: 'LAS', arrivals: 1 }] },
    })
  await given(database)
    .whenPageInTransaction(projectDelays, second, flightMessage(toDetroit))
    .thenExpect({
      messages: [
        message(alertStream(second), 'DelayAlertRaised', { flight: 2, airport: 'LAS', delay: 200 }),
      ],
      rows: {
        airport_delay: [
          { airport: 'LAS', arrivals: 2, late_arrivals: 2, delay_minutes: 400 },
          { airport: 'DTW', arrivals: 1, late_arrivals: 0, delay_minutes: -5 },
        ],
      },
    })
})

test('an arrival whose alert cannot be written is not counted either', async ({ database }) => {
  const arrival = flightMessage(flight)
  await given(database, message(alertStream(arrival), 'InTheWay', {}))
    .whenPageInTransaction(projectDelays, arrival)
    .thenExpect({ error: { code: 'WRONG_EXPECTED_VERSION' }, rows: { airport_delay: [] } })
})

test('an arrival at a broken airport is refused until it is mended', async ({ database, db }) => {
  expect(await breakAirport(db, 'LAS')).toBe(true)
  expect(await breakAirport(db, 'LAS')).toBe(true)
  await given(database)
    .whenPageInTransaction(projectDelays, flightMessage(flight))
    .thenExpect({ error: /LAS is broken/, messages: [], rows: { airport_delay: [] } })

  expect(await mendAirport(db, 'LAS')).toBe(true)
  expect(await mendAirport(db, 'LAS')).toBe(false)
  await given(database)
    .whenPageInTransaction(projectDelays, flightMessage(another))
    .thenExpect({ rows: { airport_delay: [{ airport: 'LAS', arrivals: 1 }] } })
})

test('what is no airport cannot be broken', async ({ store }) => {
  expect(await breakAirport(store.db, 'XXX')).toBe(false)
})

test('alerts are counted by airport, and the longest delay is kept', async ({ database }) => {
  const [first, second, third] = [200, 150, 180].map((delay, index) =>
    message(`alert-${index}`, 'DelayAlertRaised', { flight: index, airport: 'LAS', delay }),
  )
  await given(database)
    .whenPageInTransaction(countAlerts, first!, second!)
    .thenExpect({ rows: { airport_alert: [{ airport: 'LAS', alerts: 2, longest_delay: 200 }] } })
  await given(database)
    .whenPageInTransaction(countAlerts, third!)
    .thenExpect({ rows: { airport_alert: [{ airport: 'LAS', alerts: 3, longest_delay: 200 }] } })
})

test('flights that are in the store are not written again, and by force are refused', async ({
  store,
}) => {
  const task = { signal: new AbortController().signal, progress: () => Promise.resolve() }
  expect(await writeFlights(store, [flight], task)).toBe(1)
  expect(await writeFlights(store, [flight, { ...flight, number: 2 }], task)).toBe(1)
  expect(await writeFlights(store, [flight, { ...flight, number: 2 }], task)).toBe(0)

  const { streamName, message } = flightMessage(flight)
  await expect(store.writeMessage(streamName, message)).rejects.toMatchObject({
    code: 'DUPLICATE_MESSAGE_ID',
  })
})
