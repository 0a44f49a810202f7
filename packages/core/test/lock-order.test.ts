import fc from 'fast-check'
import { expect, test } from 'vitest'
import { category, hash64 } from '@mdb/core'
import { lockOrder } from '../src/writing/lock-order.ts'

const names = fc.array(fc.constantFrom('a-1', 'a-2', 'b-1', 'c', 'd:command-1', 'e-1+2', 'f-'))

test('the order of locks depends on the categories alone', () => {
  fc.assert(
    fc.property(names, fc.infiniteStream(fc.nat()), (given, random) => {
      const shuffled = given
        .map((name) => ({ name, at: random.next().value as number }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ name }) => name)
      const order = lockOrder(given).map(category)
      expect(lockOrder(shuffled).map(category)).toEqual(order)
      expect(new Set(order)).toEqual(new Set(given.map(category)))
      expect(order.map(hash64)).toEqual(order.map(hash64).toSorted((a, b) => (a < b ? -1 : 1)))
    }),
  )
})
