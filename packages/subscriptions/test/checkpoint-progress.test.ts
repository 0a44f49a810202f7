import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  committed,
  dueIn,
  handled,
  movedTo,
  progressFrom,
  saved,
} from '../src/checkpoint-progress.ts'

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

test('a transaction that saves while a save is under way takes nothing out of the count', () => {
  const now = (): number => 0
  const begun = handled(handled(progressFrom(undefined), 1n, now), 2n, now)
  const parked = committed(handled(begun, 3n, now), 3n)
  const after = saved(handled(handled(parked, 4n, now), 5n, now), begun, 1_000)
  expect(after).toMatchObject({ position: 5n, saved: 3n, unsaved: 2 })
  expect(dueIn(after, { messages: 2, milliseconds: 5_000 }, 1_000)).toBe(0)
})

test('what is saved is never forgotten, and what is handled is not, whatever saves beside it', () => {
  const step = fc.constantFrom('handle', 'begin a save', 'end a save', 'commit', 'commit behind')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let progress = progressFrom(0n)
      let begun: typeof progress | undefined
      let position = 0n
      let stored = 0n
      for (const [now, each] of steps.entries()) {
        if (each === 'handle') progress = handled(progress, (position += 1n), () => now)
        if (each === 'begin a save') begun ??= progress
        if (each === 'end a save' && begun !== undefined) {
          if ((begun.position ?? 0n) > stored) stored = begun.position ?? 0n
          progress = saved(progress, begun, now)
          begun = undefined
        }
        if (each.startsWith('commit')) {
          // behind: others were done while its transaction committed
          const to = each === 'commit' ? (position += 1n) : position - 1n
          if (to > stored) stored = to
          progress = committed(progress, to)
        }
        expect(progress).toMatchObject({ position, saved: stored })
        expect(progress.unsaved).toBeGreaterThanOrEqual(Number(position - stored))
        const isSaved = position === stored
        expect(dueIn(progress, interval, now) === Infinity).toBe(isSaved)
        if (!isSaved) expect(dueIn(progress, interval, now)).toBeLessThanOrEqual(5_000)
      }
    }),
  )
})
