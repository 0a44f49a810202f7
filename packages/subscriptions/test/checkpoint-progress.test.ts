import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueIn, handled, movedTo, progressFrom, saved } from '../src/checkpoint-progress.ts'

const interval = { messages: 100, milliseconds: 5_000 }

test('a position that moved is due after a minute, or at once when it moved 10,000', () => {
  const at = movedTo(progressFrom(5n), 10n, 1_000)
  expect(dueIn(at, interval, 1_000)).toBe(60_000)
  expect(dueIn(movedTo(at, 11n, 31_000), interval, 31_000)).toBe(30_000)
  expect(dueIn(movedTo(at, 10_004n, 1_000), interval, 1_000)).toBe(60_000)
  expect(dueIn(movedTo(at, 10_005n, 1_000), interval, 1_000)).toBe(0)
  expect(dueIn(saved(at), interval, 1_000)).toBe(Infinity)
  expect(dueIn(movedTo(progressFrom(undefined), 9_999n, 0), interval, 0)).toBe(60_000)
  expect(dueIn(movedTo(progressFrom(undefined), 10_000n, 0), interval, 0)).toBe(0)
})

test('a message that is handled is due by its own interval, moved or not', () => {
  const moved = movedTo(progressFrom(5n), 10n, 0)
  expect(
    dueIn(
      handled(moved, 12n, () => 20_000),
      interval,
      20_000,
    ),
  ).toBe(5_000)
  expect(
    dueIn(
      movedTo(
        handled(progressFrom(5n), 6n, () => 0),
        9n,
        4_000,
      ),
      interval,
      4_000,
    ),
  ).toBe(1_000)
})

test('a position never moves back, and nothing is due that is saved', () => {
  const step = fc.record({
    moves: fc.boolean(),
    by: fc.bigInt({ min: -5n, max: 5n }),
    saves: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.option(fc.bigInt({ min: 0n, max: 9n })), fc.array(step), (start, steps) => {
      let progress = progressFrom(start ?? undefined)
      let now = 0
      for (const { moves, by, saves } of steps) {
        now += 1
        const before = progress.position ?? -1n
        // messages come in order; a head may be behind
        progress = moves
          ? movedTo(progress, before + by < 0n ? 0n : before + by, now)
          : handled(progress, before + 1n, () => now)
        expect((progress.position ?? -1n) >= before).toBe(true)
        if (saves) progress = saved(progress)
        expect(dueIn(progress, interval, now) === Infinity).toBe(
          progress.position === progress.saved,
        )
      }
    }),
  )
})
