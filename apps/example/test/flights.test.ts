import { describe, expect, test } from 'vitest'
import { parseAirports, readAirports } from '../src/airports.ts'
import { expectedTotals } from '../src/expected-totals.ts'
import { flightMessage } from '../src/flight-messages.ts'
import { parseFlights, readFlights, type Flight } from '../src/flights.ts'

const flight: Flight = {
  number: 1,
  departedAt: '2001/01/01 00:47',
  origin: 'DTW',
  destination: 'LAS',
  distance: 1750,
  delay: 120,
}

describe('the files', () => {
  test('hold 20,000 flights in the order of their departure', async () => {
    const flights = await readFlights()
    expect(flights).toHaveLength(20_000)
    expect(flights.map(({ departedAt }) => departedAt)).toEqual(
      flights.map(({ departedAt }) => departedAt).toSorted(),
    )
  })

  test('hold an airport for each end of each flight', async () => {
    const codes = new Set((await readAirports()).map(({ code }) => code))
    const ends = (await readFlights()).flatMap(({ origin, destination }) => [origin, destination])
    expect(ends.filter((code) => !codes.has(code))).toEqual([])
  })

  test('are numbered by their lines', () => {
    const record = {
      date: '2001/01/01 00:47',
      delay: 120,
      distance: 1750,
      origin: 'DTW',
      destination: 'LAS',
    }
    expect(parseFlights(JSON.stringify([record, record]))).toEqual([
      flight,
      { ...flight, number: 2 },
    ])
  })

  test('may hold commas and quotes in names', () => {
    const csv =
      'iata,name,city,state,country,latitude,longitude\nX01,"A, ""B""",C,FL,USA,25.5,-81.25\n'
    expect(parseAirports(csv)).toEqual([
      { code: 'X01', name: 'A, "B"', city: 'C', state: 'FL', latitude: 25.5, longitude: -81.25 },
    ])
  })
})

describe('the message of a flight', () => {
  test('is in the stream of the airport where it arrives', () => {
    expect(flightMessage(flight)).toMatchObject({
      streamName: 'airport-LAS',
      message: { type: 'FlightArrivedLate', data: { flight: 1, origin: 'DTW', delay: 120 } },
    })
  })

  test.each([
    [-5, 'FlightArrivedOnTime'],
    [14, 'FlightArrivedOnTime'],
    [15, 'FlightArrivedLate'],
  ])('with a delay of %i minutes is a %s', (delay, type) => {
    expect(flightMessage({ ...flight, delay }).message.type).toBe(type)
  })

  test('has the same id each time, and no other has it', async () => {
    const flights = await readFlights()
    const ids = flights.map((each) => flightMessage(each).message.id)
    expect(new Set(ids).size).toBe(20_000)
    expect(flights.map((each) => flightMessage(each).message.id)).toEqual(ids)
  })
})

test('the expected totals count arrivals, delays and alerts', () => {
  const back = { ...flight, origin: 'LAS', destination: 'DTW', delay: -5 }
  const late = { ...flight, delay: 15 }
  expect(Object.fromEntries(expectedTotals([flight, back, late]))).toEqual({
    DTW: { arrivals: 1, lateArrivals: 0, delayMinutes: -5, alerts: 0 },
    LAS: { arrivals: 2, lateArrivals: 2, delayMinutes: 135, alerts: 1 },
  })
})
