import { expect, test } from 'vitest'
import { torture } from '../torture/torture.ts'

// The short form of `pnpm --filter @mdb/subscriptions torture`. A failure prints its seed.

test.for(['page', 'message'] as const)(
  'a group that is harmed for a while loses, skips, doubles and disorders nothing: a transaction per %s',
  { timeout: 120_000 },
  async (per) => {
    const seed = Number(process.env['MDB_TORTURE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
    const result = await torture({
      seed,
      seconds: 15,
      processes: 3,
      writers: 8,
      lease: 1_000,
      per,
      onProgress: () => {},
    })
    const { harms, events, ...counted } = result
    console.log(`seed ${seed}:`, counted, Object.fromEntries(harms))
    expect(counted, `seed ${seed}`).toEqual({
      messages: counted.effects,
      effects: counted.messages,
      lost: 0,
      doubled: 0,
      phantoms: 0,
      disordered: 0,
      deaths: [],
    })
    expect(counted.messages).toBeGreaterThan(0)
    expect(events.get('member claimed')).toBeGreaterThan(4)
  },
)
