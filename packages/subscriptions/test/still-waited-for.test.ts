import { expect, test } from 'vitest'
import { stillWaitedFor } from '../src/sources/still-waited-for.ts'

const session = (transaction: string) => ({ pid: 1, transaction })
const prepared = (transaction: string) => ({ pid: undefined, transaction })

test('those that are still there, and none that began later', () => {
  const waitedFor = [session('3/1'), session('4/7')]
  expect(stillWaitedFor(waitedFor, [session('4/7'), session('3/2')])).toEqual([session('4/7')])
  expect(stillWaitedFor(waitedFor, [session('3/2'), session('5/1')])).toEqual([])
  expect(stillWaitedFor(waitedFor, [])).toEqual([])
})

test('a transaction that is gone may have been prepared', () => {
  const writing = [prepared('-1/800'), session('3/2')]
  expect(stillWaitedFor([session('3/1')], writing)).toEqual([prepared('-1/800')])
  expect(stillWaitedFor([prepared('-1/800')], writing)).toEqual([prepared('-1/800')])
})

test('prepared ones that come and go hold nobody up for ever', () => {
  expect(stillWaitedFor([session('3/1')], [session('3/1'), prepared('-1/801')])).toEqual([
    session('3/1'),
  ])
  expect(stillWaitedFor([prepared('-1/800')], [prepared('-1/801')])).toEqual([])
})
