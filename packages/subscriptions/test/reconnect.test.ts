import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffDelay, resolveBackoff, untilItSucceeds } from '../src/reconnect.ts'
import { codedError } from './support/errors.ts'
import { jumpingClock } from './support/manual-clock.ts'

describe('the wait before a retry', () => {
  test('doubles from 100 ms to 10 s, of which half is jitter', () => {
    const without = resolveBackoff({ random: () => 0 })
    const most = resolveBackoff({ random: () => 1 })
    const attempts = [1, 2, 3, 7, 8, 2_000]
    expect(attempts.map((attempt) => backoffDelay(attempt, most))).toEqual([
      100, 200, 400, 6_400, 10_000, 10_000,
    ])
    expect(attempts.map((attempt) => backoffDelay(attempt, without))).toEqual([
      50, 100, 200, 3_200, 5_000, 5_000,
    ])
  })

  test('is never above max, below half of min, or no number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 1, max: 1e300, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, multiplier, random) => {
          const backoff = resolveBackoff({ min: 3, max: 77, multiplier, random: () => random })
          const delay = backoffDelay(attempt, backoff)
          expect(delay >= 1.5 && delay <= 77).toBe(true)
        },
      ),
    )
  })
})

describe('until it succeeds', () => {
  const clock = jumpingClock()
  function context(signal: AbortSignal, limit = Infinity) {
    const told: string[] = []
    return {
      told,
      backoff: resolveBackoff({ random: () => 1 }),
      clock,
      signal,
      limit,
      onRetry: (attempt: number, delay: number) => void told.push(`retry ${attempt} in ${delay}`),
      onRecovered: (attempts: number) => void told.push(`recovered after ${attempts}`),
    }
  }
  const never = new AbortController().signal

  test('tries again after what is transient, and says so', async () => {
    const chosen = context(never)
    let calls = 0
    const outcome = await untilItSucceeds(async () => {
      calls += 1
      if (calls < 3) throw codedError('57P03')
      return calls
    }, chosen)
    expect(outcome).toEqual({ value: 3 })
    expect(chosen.told).toEqual(['retry 1 in 100', 'retry 2 in 200', 'recovered after 2'])
  })

  test('throws what is not transient at once', async () => {
    const failure = codedError('42P01')
    await expect(untilItSucceeds(() => Promise.reject(failure), context(never))).rejects.toBe(
      failure,
    )
  })

  test('throws the last failure at its limit', async () => {
    const chosen = context(never, 2)
    const failure = codedError('57P03')
    await expect(untilItSucceeds(() => Promise.reject(failure), chosen)).rejects.toBe(failure)
    expect(chosen.told).toHaveLength(2)
  })

  test('gives up without an error when the signal aborts', async () => {
    const controller = new AbortController()
    const chosen = context(controller.signal)
    const outcome = await untilItSucceeds(() => {
      if (chosen.told.length === 4) controller.abort()
      return Promise.reject(codedError('ECONNREFUSED'))
    }, chosen)
    expect(outcome).toBeUndefined()
    expect(chosen.told).toHaveLength(4)
  })
})
