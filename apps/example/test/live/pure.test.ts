import { readFlights } from '../../src/flights.ts'
import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect } from 'vitest'
import { totalsByCount } from '../../src/live/flight-totals.ts'
import { dueFlights } from '../../src/live/pace.ts'
import { ProcessList } from '../../src/live/processes/process-list.ts'
import { memberOf, ratesOf, remember, writingRate } from '../../src/live/rates.ts'

const test = messageStoreTest()

describe('the pace', () => {
  test('owes what is due, and keeps the part of a flight that is not', () => {
    const { due, pace } = dueFlights({ speed: 30, since: 1_000, credit: 0.5 }, 1_150)
    expect(due).toBe(5)
    expect(pace).toEqual({ speed: 30, since: 1_150, credit: 0 })
    expect(dueFlights({ speed: 1, since: 0, credit: 0 }, 700)).toEqual({
      due: 0,
      pace: { speed: 1, since: 700, credit: 0.7 },
    })
  })

  test('does not catch up with what is too much, and does not go backwards', () => {
    expect(dueFlights({ speed: 2_000, since: 0, credit: 0 }, 60_000)).toMatchObject({ due: 250 })
    expect(dueFlights({ speed: 2_000, since: 60_000, credit: 0 }, 0)).toMatchObject({ due: 0 })
    expect(dueFlights({ speed: 0, since: 0, credit: 0 }, 60_000)).toMatchObject({ due: 0 })
  })
})

test('the totals of the first flights add up to those of the file', async () => {
  const flights = await readFlights()
  const totals = totalsByCount(flights)
  expect(totals).toHaveLength(20_001)
  expect(totals[0]).toEqual({ arrivals: 0, late: 0, delay: 0 })
  for (const count of [1, 777, 20_000]) {
    const first = flights.slice(0, count)
    expect(totals[count]).toEqual({
      arrivals: count,
      late: first.filter(({ delay }) => delay >= 15).length,
      delay: first.reduce((sum, { delay }) => sum + delay, 0),
    })
  }
})

describe('the rates', () => {
  const sample = (at: number, ...counts: ReadonlyArray<readonly [string, number]>) => ({
    at,
    written: at / 100,
    arrivals: new Map(counts),
  })

  test('are those of the writer too', () => {
    expect(writingRate([sample(0), sample(3_000)])).toBe(10)
    expect(writingRate([sample(0)])).toBe(0)
  })

  test('are those of the airports of each member, whatever the size is', () => {
    const samples = [
      sample(0, ['ORD', 10], ['SEA', 5]),
      sample(2_000, ['ORD', 30], ['SEA', 5], ['JFK', 4]),
    ]
    for (const size of [1, 4, 6]) {
      const rates = ratesOf(samples, size)
      expect([...rates.values()].reduce((sum, rate) => sum + rate, 0)).toBe(12)
      expect(rates.get(memberOf('ORD', size))).toBeGreaterThanOrEqual(10)
    }
    expect(ratesOf(samples.slice(1), 4)).toEqual(new Map())
  })

  test('are of the last seconds', () => {
    const samples = [0, 1_000, 2_000, 3_000, 4_000, 5_500].reduce(
      (kept, at) => remember(kept, sample(at)),
      [] as ReturnType<typeof remember>,
    )
    expect(samples.map(({ at }) => at)).toEqual([2_000, 3_000, 4_000, 5_500])
  })

  test('know the member as Message DB does', { timeout: 60_000 }, async ({ store }) => {
    const airports = ['ORD', 'SEA', 'JFK', 'LAX', 'PBI', '00M']
    for (const airport of airports) {
      await store.writeMessage(`airport-${airport}`, { type: 'Arrived', data: {} })
    }
    for (const size of [1, 3, 4, 6]) {
      for (let member = 0; member < size; member += 1) {
        const messages = await store.getCategoryMessages('airport', {
          consumerGroup: { member, size },
        })
        expect(messages.map(({ streamName }) => streamName)).toEqual(
          airports
            .filter((airport) => memberOf(airport, size) === member)
            .map((airport) => `airport-${airport}`),
        )
      }
    }
  })
})

describe('the processes', () => {
  test('are known by the names that they have in the leases, and of an earlier start by these', () => {
    const [list, earlier] = [new ProcessList<string>(), new ProcessList<string>()]
    const id = list.nextId()
    list.add(id, 'handle', 4_711)
    expect(list.idOf(`${list.ownerName(id)}:uuid`)).toBe(id)
    expect(list.idOf(`${earlier.ownerName(id)}:uuid`)).toBe(earlier.ownerName(id))
    expect(list.states()).toEqual([{ id, pid: 4_711, state: 'starting' }])
  })

  test('stay killed, are not killed twice, and are forgotten one after the other', () => {
    const list = new ProcessList<string>()
    const ids = Array.from({ length: 6 }, () => list.nextId())
    for (const id of ids) list.add(id, id)
    expect(list.ended(ids[0]!, 'killed')).toBe('killed')
    expect(list.ended(ids[0]!, 'stopped')).toBe('killed')
    expect(list.living(ids[0]!)).toBeUndefined()
    for (const id of ids.slice(1, 5)) list.ended(id, 'stopped')
    expect(list.states().map(({ id, state }) => [id, state])).toEqual([
      ...ids.slice(1, 5).map((id) => [id, 'stopped']),
      [ids[5], 'starting'],
    ])
  })
})
