import { describe, expect, test } from 'vitest'
import { budgets, TYPE_BUDGET } from '../src/sizes/budgets.ts'
import { sizeOf } from '../src/sizes/bundle.ts'
import { parseDiagnostics, typeCost } from '../src/sizes/types.ts'

describe('an entry stays within its budget', () => {
  test.for(Object.entries(budgets))('%s', async ([entry, budget]) => {
    const size = await sizeOf(entry)
    expect(size.bytes).toBeLessThanOrEqual(budget.bytes)
    expect(size.modules).toBeLessThanOrEqual(budget.modules)
    expect(size.ofOthers).toBeLessThanOrEqual(budget.ofOthers)
    // A budget far above what is used guards nothing.
    expect(size.bytes).toBeGreaterThan(budget.bytes * 0.7)
  })
})

// Against the declarations that are published, so after a build.
test("our types cost a user's file no more than their budget", async () => {
  const user = await typeCost('user-file.ts')
  const plain = await typeCost('plain-file.ts')
  const ours = user.instantiations - plain.instantiations
  expect(ours).toBeLessThanOrEqual(TYPE_BUDGET)
  expect(ours).toBeGreaterThan(TYPE_BUDGET * 0.5)
})

test('what the compiler prints is read, and what it does not is an error', () => {
  expect(parseDiagnostics('Types:   12\nInstantiations:  345\n')).toEqual({
    types: 12,
    instantiations: 345,
  })
  expect(() => parseDiagnostics('error TS1')).toThrow(/no Instantiations/)
})
