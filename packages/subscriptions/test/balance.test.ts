import fc from 'fast-check'
import { expect, test } from 'vitest'
import { balance, type MemberLease } from '../src/consumer-group/balance.ts'

function group(owners: ReadonlyArray<string | undefined>): MemberLease[] {
  return owners.map((owner, member) => ({ member, owner, done: false }))
}

test('alone, it takes all', () => {
  expect(balance(group([undefined, undefined]), ['a'], 'a')).toEqual({ claim: [0, 1], release: [] })
})

test('the first gives half to the second, and the second waits for it', () => {
  const members = group(['a', 'a', 'a', 'a'])
  expect(balance(members, ['a', 'b'], 'a')).toEqual({ claim: [], release: [2, 3] })
  expect(balance(members, ['a', 'b'], 'b')).toEqual({ claim: [], release: [] })
})

test('what a dead process held goes to those that live', () => {
  const members = group(['a', undefined, undefined, 'c'])
  expect(balance(members, ['a', 'c'], 'a')).toEqual({ claim: [1], release: [] })
})

test('more processes than members: the rest stand by', () => {
  expect(balance(group(['a', 'b']), ['a', 'b', 'c'], 'c')).toEqual({ claim: [], release: [] })
})

test('a process that is not counted as alive holds nothing', () => {
  expect(balance(group(['a']), ['b'], 'a')).toEqual({ claim: [], release: [0] })
})

test('a member that is done is neither claimed nor counted', () => {
  const members = [
    { member: 0, owner: undefined, done: true },
    { member: 1, owner: undefined, done: false },
  ]
  expect(balance(members, ['a', 'b'], 'a')).toEqual({ claim: [1], release: [] })
})

const processes = ['a', 'b', 'c', 'd', 'e']

test('from any state, taking turns in any order, it comes to rest, even and whole', () => {
  const start = fc.record({
    alive: fc.subarray(processes, { minLength: 1 }),
    owners: fc.array(fc.constantFrom(undefined, ...processes), { minLength: 1, maxLength: 12 }),
    seed: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  })
  fc.assert(
    fc.property(start, ({ alive, owners, seed }) => {
      // The dead hold nothing: their leases have run out.
      let state = group(owners.map((owner) => (owner && alive.includes(owner) ? owner : undefined)))
      const turn = (me: string): boolean => {
        const { claim, release } = balance(state, alive, me)
        state = state.map((lease) => {
          if (claim.includes(lease.member)) return { ...lease, owner: me }
          return release.includes(lease.member) ? { ...lease, owner: undefined } : lease
        })
        return claim.length + release.length > 0
      }
      for (const pick of seed) turn(alive[pick % alive.length]!)
      for (let round = 0; round < 3; round += 1) for (const me of alive) turn(me)

      expect(alive.map(turn)).toEqual(alive.map(() => false))
      const counts = alive.map((me) => state.filter(({ owner }) => owner === me).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      expect(state.every(({ owner }) => owner !== undefined)).toBe(true)
    }),
  )
})

test('a group at rest moves at most what the newcomer is due', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 16 }), (others, size) => {
      const old = processes.slice(0, others)
      const members = group(Array.from({ length: size }, (_, member) => old[member % others]))
      const alive = processes.slice(0, others + 1)
      const released = old.flatMap((me) => balance(members, alive, me).release)
      expect(released.length).toBeLessThanOrEqual(Math.ceil(size / alive.length))
    }),
  )
})
