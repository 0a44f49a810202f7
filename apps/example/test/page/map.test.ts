import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { airportLine } from '../../page/model/airport-line.js'
import { delayClass, delayClasses, radius } from '../../page/model/delay-class.js'
import { nearest } from '../../page/model/nearest.js'

describe('the colour of an airport', () => {
  test.each([
    { arrivals: 0, delay: 0, colour: 'none' },
    { arrivals: 2, delay: -1, colour: 'early' },
    { arrivals: 2, delay: 0, colour: 'short' },
    { arrivals: 2, delay: 9, colour: 'short' },
    { arrivals: 2, delay: 10, colour: 'medium' },
    { arrivals: 10, delay: 100, colour: 'long' },
    { arrivals: 10, delay: 150, colour: 'longest' },
  ])('is $colour for $arrivals arrivals, $delay minutes late', ({ colour, ...airport }) => {
    expect(delayClass(airport)).toBe(colour)
  })

  test('is one of the legend, and never a lower one for a longer delay', () => {
    const names: string[] = delayClasses.map(({ name }) => name)
    const airport = fc.record({ arrivals: fc.integer({ min: 1, max: 2_000 }), delay: fc.integer() })
    fc.assert(
      fc.property(airport, fc.nat(), ({ arrivals, delay }, more) => {
        const [less, late] = [delay, delay + more].map((delay) =>
          names.indexOf(delayClass({ arrivals, delay })),
        )
        expect(less).toBeGreaterThanOrEqual(0)
        expect(late).toBeGreaterThanOrEqual(less!)
      }),
    )
  })
})

test('a circle grows with the arrivals, and is a dot without', () => {
  expect([0, 1, 100, 1_000].map(radius)).toEqual([2, 2.6, 8, 21])
})

describe('the airport that a pointer means', () => {
  const [small, large] = [
    { x: 10, y: 10, r: 2 },
    { x: 20, y: 10, r: 15 },
  ]

  test('is the nearest of those that are hit', () => {
    expect(nearest([large, small], { x: 11, y: 10 }, 0)).toBe(small)
    expect(nearest([small, large], { x: 19, y: 10 }, 0)).toBe(large)
  })

  test('may be hit beside its circle, but not far from it', () => {
    expect(nearest([small], { x: 10, y: 16 }, 5)).toBe(small)
    expect(nearest([small], { x: 10, y: 18 }, 5)).toBeUndefined()
  })
})

test('an airport is said in a line, with no average of nothing', () => {
  const airport = { code: 'SEA', name: 'Seattle', latitude: 47, longitude: -122, late: 0 }
  expect(airportLine({ ...airport, arrivals: 0, delay: 0 })).toBe('SEA Seattle: 0 arrivals')
  expect(airportLine({ ...airport, arrivals: 1, delay: -3 })).toBe(
    'SEA Seattle: 1 arrival, -3.0\u00a0min on average',
  )
})
