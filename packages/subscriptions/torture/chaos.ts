import fc from 'fast-check'

/**
 * What is done to a group and its database, and how long it is left alone afterwards. `replay` harms
 * nobody: what was parked is replayed beside the group.
 */
export type Harm = { readonly pause: number; readonly which: number } & (
  | { readonly type: 'kill' | 'leave' | 'cut connections' | 'reset network' | 'replay' }
  | { readonly type: 'stand still'; readonly leases: number }
  | { readonly type: 'stall network'; readonly milliseconds: number }
  | { readonly type: 'restart database'; readonly mode: 'fast' | 'immediate' }
  | { readonly type: 'resize'; readonly size: number }
)

const common = { pause: fc.integer({ min: 20, max: 2_000 }), which: fc.nat() }
const kill = fc.record({ type: fc.constant('kill' as const), ...common })
const restart = fc.record({
  type: fc.constant('restart database' as const),
  mode: fc.constantFrom('fast' as const, 'immediate' as const),
  ...common,
})
const resize = fc.record({
  type: fc.constant('resize' as const),
  size: fc.integer({ min: 1, max: 8 }),
  ...common,
})
const harm: fc.Arbitrary<Harm> = fc.oneof(
  { weight: 4, arbitrary: kill },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('stand still' as const),
      leases: fc.double({ min: 0.2, max: 2.5, noNaN: true }),
      ...common,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('leave' as const), ...common }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('cut connections' as const), ...common }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('reset network' as const), ...common }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('replay' as const), ...common }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('stall network' as const),
      milliseconds: fc.integer({ min: 50, max: 3_000 }),
      ...common,
    }),
  },
  { weight: 1, arbitrary: restart },
  { weight: 2, arbitrary: resize },
)

/** So many harms, the same for the same seed. The gravest come first: a short run has them too. */
export function harmsOf(seed: number, count: number): Harm[] {
  const gravest = fc.sample(fc.tuple(kill, restart, resize), { seed, numRuns: 1 }).flat()
  return [...gravest, ...fc.sample(harm, { seed, numRuns: count })]
}

/** Whether what is parked is still poison when it is replayed: one in five, by the seed. */
export function poisonOf(seed: number): () => boolean {
  const draws = fc.sample(fc.integer({ min: 1, max: 5 }), { seed, numRuns: 1_000 })
  let drawn = 0
  return () => draws[drawn++ % draws.length] === 1
}
