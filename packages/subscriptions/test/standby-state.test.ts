import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfLastRecord } from '../src/standby/end-of-record.ts'
import { standbyState } from '../src/standby/standby-state.ts'

describe('the end of the last record', () => {
  const log = { blockSize: 8192, segmentSize: 16_777_216 }

  test.each([
    ['in a page', '0/3000158', '0/3000158'],
    ['behind the header of a page', '0/3002018', '0/3002000'],
    ['behind the header of a segment', '0/4000028', '0/4000000'],
    ['beyond 32 bits', '1F/2018', '1F/2000'],
    ['a record that ends where a segment would begin', '0/3002028', '0/3002028'],
    ['a record that goes on in the next segment', '0/4000048', '0/4000048'],
  ])('%s', (_, insertAt, end) => {
    expect(endOfLastRecord({ ...log, insertAt })).toBe(end)
  })

  test('is never behind the insertion, and before it by a header only', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 40n }), (eighth) => {
        const at = eighth * 8n
        const insertAt = `${(at >> 32n).toString(16)}/${(at & 0xffffffffn).toString(16)}`
        const [high = '', low = ''] = endOfLastRecord({ ...log, insertAt }).split('/')
        const end = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
        expect([0n, 24n, 40n]).toContain(at - end)
        if (end !== at) expect(end % 8192n).toBe(0n)
      }),
    )
  })
})

test.each([
  ['ready', { recovering: true, timeline: 1, replayed: true }],
  ['behind', { recovering: true, timeline: 1, replayed: false }],
  ['promoted', { recovering: false, timeline: 1, replayed: true }],
  ['promoted', { recovering: false, timeline: 2, replayed: false }],
  ['other timeline', { recovering: true, timeline: 2, replayed: true }],
  ['other timeline', { recovering: true, timeline: 2, replayed: false }],
] as const)('a standby is %s: %o', (state, row) => {
  expect(standbyState(row, 1)).toBe(state)
})
