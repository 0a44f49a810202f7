import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { historiesOf, remember, type Histories } from '../../page/model/histories.js'
import { areaPath, linePath, mostOf, span, withSample } from '../../page/model/history.js'

const plot = { now: span, width: 120, height: 24, least: 0, range: 1 }

describe('the samples of a plot', () => {
  test('are those of the last minute, and the one before it that the line comes from', () => {
    const all = [0, 10, 30, 61, 75].map((second) => ({ at: second * 1_000, value: second }))
    const kept = all.reduce<ReturnType<typeof withSample>>(withSample, [])
    expect(kept.map(({ value }) => value)).toEqual([10, 30, 61, 75])
  })

  test('are the last and the new one after a long silence', () => {
    const samples = [1, 2].map((value) => ({ at: value, value }))
    expect(withSample(samples, { at: 10 * span, value: 3 }).map(({ value }) => value)).toEqual([
      2, 3,
    ])
  })

  test('stay few and in order, however long it goes on', () => {
    const steps = fc.array(fc.integer({ min: 250, max: 5_000 }), { minLength: 1, maxLength: 500 })
    fc.assert(
      fc.property(steps, (steps) => {
        let at = 0
        let samples: ReturnType<typeof withSample> = []
        for (const step of steps) samples = withSample(samples, { at: (at += step), value: step })
        expect(samples.length).toBeLessThanOrEqual(span / 250 + 2)
        expect(samples.map(({ at }) => at)).toEqual(
          samples.map(({ at }) => at).toSorted((a, b) => a - b),
        )
        expect(samples.at(-1)).toEqual({ at, value: steps.at(-1) })
      }),
    )
  })
})

describe('the line of a plot', () => {
  test('goes from left to right over the minute, and on to now', () => {
    const samples = [
      { at: 0, value: 0 },
      { at: span / 2, value: 10 },
    ]
    expect(linePath(samples, plot)).toBe('M0.0 24.0L60.0 2.0L120.0 2.0')
  })

  test('is flat at the bottom for nothing at all, and empty before the first sample', () => {
    expect(linePath([{ at: span, value: 0 }], plot)).toBe('M120.0 24.0L120.0 24.0')
    expect(linePath([], plot)).toBe('')
    expect(areaPath('', plot)).toBe('')
  })

  test('of little stays low, where the range has a floor', () => {
    const samples = [{ at: span, value: 2 }]
    expect(mostOf(samples, { least: 0, range: 20 })).toBe(20)
    expect(mostOf([{ at: span, value: 30 }], { least: 0, range: 20 })).toBe(30)
    expect(linePath(samples, { ...plot, range: 20 })).toBe('M120.0 21.8L120.0 21.8')
  })

  test('has an area below it that is closed along the bottom', () => {
    expect(areaPath('M60.0 2.0L120.0 2.0', plot)).toBe('M60.0 2.0L120.0 2.0L120.0 24L60.0 24Z')
  })

  test('stays within the plot', () => {
    const sample = fc.record({ at: fc.integer({ min: -span, max: span }), value: fc.nat() })
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), (samples) => {
        const numbers = linePath(samples, plot).match(/[\d.-]+ [\d.-]+/g) ?? []
        for (const [x, y] of numbers.map((point) => point.split(' ').map(Number))) {
          expect(x).toBeGreaterThanOrEqual(0)
          expect(x).toBeLessThanOrEqual(120)
          expect(y).toBeGreaterThanOrEqual(0)
          expect(y).toBeLessThanOrEqual(24)
        }
      }),
    )
  })
})

test('members that are no more are forgotten, new ones begin anew', () => {
  const member = { state: 'live', owner: 'a', position: '7', lagSeconds: 0, rate: 2 } as const
  const none: Histories = new Map()
  const four = remember(none, [{ ...member, member: 0, lagMessages: 3 }], 1)
  const five = remember(four, [{ ...member, member: 1, lagMessages: 4 }], 2)
  expect(historiesOf(five, 0)).toEqual({ position: [], lag: [], rate: [] })
  expect(historiesOf(five, 1)).toEqual({
    position: [{ at: 2, value: 7 }],
    lag: [{ at: 2, value: 4 }],
    rate: [{ at: 2, value: 2 }],
  })
})
