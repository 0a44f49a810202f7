import { expect, test } from 'vitest'
import { judgeRuns } from '../torture/at-least-once.ts'
import type { Change, Effect, TortureRecord } from '../torture/record.ts'
import { BATCH_SIZE, INTERVAL } from '../torture/subscription.ts'

// Who judges the judge: it finds nothing where all is well, and each fault where there is one.

const count = 3 * (INTERVAL + BATCH_SIZE)
const numbers = Array.from({ length: count }, (_, index) => index + 1)

const claim = (at: number, epoch: number, position: number | undefined): Change => {
  return { at, member: 0, size: 1, claim: `1/0/${epoch}`, position }
}

const effect = (at: number, n: number, epoch: number): Effect => {
  const run = { name: `run ${epoch}`, claim: `1/0/${epoch}` }
  return { at, streamName: 'flight-1', position: n - 1, globalPosition: n, run }
}

/** One run handles all, saves at 100, and a second one takes over there and repeats the rest. */
function record(change: Partial<TortureRecord> = {}): TortureRecord {
  return {
    messages: numbers.map((globalPosition) => ({ globalPosition, hash: 7n })),
    effects: [
      ...numbers.map((n) => effect(10 + n, n, 1)),
      ...numbers.slice(100).map((n) => effect(2_000 + n, n, 2)),
    ],
    changes: [claim(1, 1, undefined), claim(1_000, 1, 100), claim(1_001, 2, 100)],
    parked: new Map(),
    ...change,
  }
}

const well = { runs: 2, early: 0, behind: 0, beyond: 0, backwards: 0 }

test('all is well', () => {
  expect(judgeRuns(record())).toEqual(well)
})

test('a save before its message was handled is early, unless that was parked', () => {
  const changes = [...record().changes, claim(2_000, 2, 150)]
  const effects = record().effects.filter(
    ({ at, globalPosition }) => globalPosition !== 120 || at > 2_000,
  )
  expect(judgeRuns(record({ changes, effects }))).toMatchObject({ early: 1 })
  expect(judgeRuns(record({ changes, effects, parked: new Map([[120, 1_500]]) }))).toMatchObject({
    early: 0,
  })
})

test('a message from before the claim is behind', () => {
  const effects = [...record().effects, effect(5_000, 99, 2)]
  expect(judgeRuns(record({ effects }))).toMatchObject({ behind: 1 })
})

test('repeats that cannot have been unsaved are beyond', () => {
  const changes = [claim(1, 1, undefined), claim(1_001, 2, undefined)]
  const effects = [
    ...numbers.map((n) => effect(10 + n, n, 1)),
    ...numbers.map((n) => effect(2_000 + n, n, 2)),
  ]
  expect(judgeRuns(record({ changes, effects }))).toMatchObject({ beyond: 1, behind: 0 })
})

test('a run that goes back in a stream goes backwards, a retry does not', () => {
  const first = [effect(11, 1, 1), effect(12, 1, 1), effect(13, 3, 1)]
  expect(judgeRuns(record({ effects: first }))).toMatchObject({ backwards: 0 })
  const effects = [...first, effect(14, 2, 1)]
  expect(judgeRuns(record({ effects }))).toMatchObject({ backwards: 1 })
})
