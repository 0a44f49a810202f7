import { expect, test } from 'vitest'
import { readFlights } from '../src/flights.ts'
import { readMap } from '../src/live/us-map.ts'

test('the map holds the states, and each airport that is on it, within its size', async () => {
  const { width, height, land, borders, airports } = await readMap()
  expect(land).toMatch(/^M[\d.,-]/)
  expect(borders).toMatch(/^M[\d.,-]/)
  for (const [x, y] of Object.values(airports)) {
    expect(x).toBeGreaterThan(0)
    expect(x).toBeLessThan(width)
    expect(y).toBeGreaterThan(0)
    expect(y).toBeLessThan(height)
  }
  const flownTo = new Set((await readFlights()).map(({ destination }) => destination))
  const offTheMap = [...flownTo].filter((code) => airports[code] === undefined)
  expect(offTheMap.toSorted()).toEqual(['BQN', 'SJU', 'STT', 'STX'])
})

test('the west is left and the north is up, and Alaska is moved below', async () => {
  const { airports } = await readMap()
  const { SEA, BOS, MIA, ANC, LAX } = airports
  expect(SEA![0]).toBeLessThan(BOS![0])
  expect(BOS![1]).toBeLessThan(MIA![1])
  expect(ANC![1]).toBeGreaterThan(LAX![1])
})
