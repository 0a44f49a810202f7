import type { Message } from '@mdb/core'
import { describe, expect, test } from 'vitest'
import { boundedSource } from '../src/consumer-group/bounded-source.ts'
import { reconcile, type RunningMember } from '../src/consumer-group/reconcile.ts'
import { resizeStep } from '../src/consumer-group/resize-step.ts'
import { messageAt } from './support/scripted-store.ts'

describe('a resize', () => {
  const free = { member: 0, owner: undefined, done: false }
  const held = { member: 1, owner: 'a', done: false }
  const done = { member: 2, owner: undefined, done: true }

  test('there is none', () => {
    expect(resizeStep({ resizeTo: undefined, barrier: undefined, members: [free] })).toBe('none')
  })
  test('waits until nobody works on any member', () => {
    expect(resizeStep({ resizeTo: 6, barrier: undefined, members: [free, held] })).toBe('none')
    expect(resizeStep({ resizeTo: 6, barrier: undefined, members: [free] })).toBe('set barrier')
  })
  test('waits until every member has reached the barrier', () => {
    expect(resizeStep({ resizeTo: 6, barrier: 9n, members: [done, free] })).toBe('none')
    expect(resizeStep({ resizeTo: 6, barrier: 9n, members: [done] })).toBe('change size')
  })
})

describe('what runs becomes what is held', () => {
  const run = (member: number, epoch: bigint): RunningMember => ({
    member,
    epoch,
    size: 4,
    barrier: undefined,
  })
  const view = { size: 4, resizeTo: undefined, barrier: undefined, release: [] }

  test('a new lease starts, a lease that is gone is lost', () => {
    const running = [run(0, 1n), run(1, 1n)]
    const mine = [
      { member: 0, epoch: 1n },
      { member: 2, epoch: 3n },
    ]
    expect(reconcile(running, { ...view, mine })).toEqual({
      start: [{ member: 2, epoch: 3n }],
      stop: [],
      giveBack: [],
      lost: [run(1, 1n)],
    })
  })
  test('a member that was lost and claimed again waits for the end of its old run', () => {
    const mine = [{ member: 0, epoch: 3n }]
    expect(reconcile([run(0, 1n)], { ...view, mine })).toEqual({
      start: [],
      stop: [],
      giveBack: [],
      lost: [run(0, 1n)],
    })
  })
  test('what is to be released stops, or does not start and is given back', () => {
    const mine = [
      { member: 0, epoch: 1n },
      { member: 1, epoch: 1n },
    ]
    expect(reconcile([run(0, 1n)], { ...view, mine, release: [0, 1] })).toEqual({
      start: [],
      stop: [run(0, 1n)],
      giveBack: [{ member: 1, epoch: 1n }],
      lost: [],
    })
  })
  test('a run of another size or without the barrier stops', () => {
    const mine = [{ member: 0, epoch: 1n }]
    expect(reconcile([run(0, 1n)], { ...view, mine, barrier: 9n }).stop).toEqual([run(0, 1n)])
    expect(reconcile([run(0, 1n)], { ...view, mine, size: 6 }).stop).toEqual([run(0, 1n)])
  })
})

describe('a source up to a barrier', () => {
  /** One with a message at each of the positions. */
  function sourceOf(positions: readonly bigint[]) {
    return {
      name: 'airport',
      begin: () => Promise.resolve({ position: 1n, save: false }),
      positionOf: (message: Message) => message.globalPosition,
      read(from: bigint) {
        const page = positions.filter((position) => position >= from).slice(0, 2)
        const messages = page.map((position) => messageAt('airport-1', position))
        return Promise.resolve({ messages, next: (page.at(-1) ?? from - 1n) + 1n })
      },
    }
  }
  async function readAll(positions: readonly bigint[], barrier: bigint): Promise<bigint[]> {
    const over = new AbortController()
    const source = boundedSource(sourceOf(positions), {
      barrier,
      batchSize: 2,
      onReached: () => over.abort(),
    })
    const read: bigint[] = []
    for (let from = 1n; !over.signal.aborted;) {
      const page = await source.read(from, over.signal)
      read.push(...page.messages.map(({ globalPosition }) => globalPosition))
      from = page.next
    }
    return read
  }

  test.for([
    ['between pages', [1n, 2n, 3n, 4n, 5n], 4n, [1n, 2n, 3n, 4n]],
    ['within a page', [1n, 2n, 3n, 4n], 3n, [1n, 2n, 3n]],
    ['in a gap', [1n, 2n, 7n, 8n], 5n, [1n, 2n]],
    ['beyond the last message', [1n], 5n, [1n]],
    ['before the first', [4n], 3n, []],
    ['of an empty category', [], 0n, []],
  ] as const)('ends %s', async ([, positions, barrier, expected]) => {
    expect(await readAll(positions, barrier)).toEqual(expected)
  })
})
