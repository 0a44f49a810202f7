import { expect, test } from 'vitest'
import type { Mode } from '../torture/mode.ts'
import { torture, type TortureResult } from '../torture/torture.ts'
import { faultsOf } from '../torture/totals.ts'

// The short form of `pnpm --filter @mdb/subscriptions torture`. A failure prints its seed.

async function harm(mode: Mode): Promise<{ seed: number; result: TortureResult }> {
  const seed = Number(process.env['MDB_TORTURE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const result = await torture({
    seed,
    seconds: 12,
    processes: 3,
    writers: 8,
    lease: 1_000,
    mode,
    onProgress: () => {},
  })
  const { harms, events: _, ...counted } = result
  console.log(`seed ${seed}:`, counted, Object.fromEntries(harms))
  expect(result.deaths, `seed ${seed}`).toEqual([])
  expect(faultsOf(mode, result), `seed ${seed}`).toEqual({})
  expect(result.messages).toBeGreaterThan(0)
  expect([...harms.keys()]).toEqual(expect.arrayContaining(['kill', 'restart database', 'resize']))
  expect(result.events.get('member claimed')).toBeGreaterThan(4)
  return { seed, result }
}

test.for(['page', 'message'] as const)(
  'a group that is harmed for a while loses, skips, doubles and disorders nothing: a transaction per %s',
  { timeout: 120_000 },
  async (mode) => {
    const { seed, result } = await harm(mode)
    expect(result.effects, `seed ${seed}`).toBe(result.messages)
  },
)

test(
  'at least once, a group that is harmed for a while handles all, first in order, and repeats what was not saved',
  { timeout: 120_000 },
  async () => {
    const { seed, result } = await harm('at-least-once')
    expect(result.effects, `seed ${seed}`).toBeGreaterThanOrEqual(result.messages)
    expect(result.runs, `seed ${seed}`).toBeGreaterThan(4)
  },
)
