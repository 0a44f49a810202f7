import { describe, expect, test } from 'vitest'
import type { WorkResult } from '../src/harness/result.ts'
import { matches, parseOptions } from '../src/options.ts'
import { plotResults } from '../src/report/plot.ts'
import { printTable, printVerdicts } from '../src/report/table.ts'

const clear = { median: 0.97, low: 0.96, high: 0.99 }
const noisy = { median: 0.97, low: 0.5, high: 1.9 }
const result: WorkResult = {
  name: 'write',
  title: 'write, one at a time',
  unit: 'messages/s',
  figures: [
    {
      contender: 'ours',
      role: 'ours',
      median: 1940,
      low: 1,
      high: 2,
      ratio: clear,
      rounds: [1940],
    },
    {
      contender: 'plain pg',
      role: 'plain',
      median: 2000,
      low: 1,
      high: 2,
      ratio: clear,
      rounds: [],
      processor: { client: { ...clear, median: 93.2 }, server: clear, ratio: clear },
    },
    { contender: 'COPY', role: 'limit', median: 9000, low: 1, high: 2, ratio: noisy, rounds: [] },
  ],
  goals: [
    { against: 'plain pg', atLeast: 0.95, quantile: 0.5, ratio: clear, verdict: 'met' },
    { against: 'COPY', atLeast: 0.8, quantile: 0.5, ratio: noisy, verdict: 'too noisy' },
  ],
}

test('the table has a row for each, with its goal; a noisy ratio has no figure', () => {
  const lines = printTable([result]).split('\n')
  expect(lines.find((line) => line.includes('plain pg'))).toMatch(
    /2,000 messages\/s.*0\.97 \(0\.96–0\.99\).*≥ 0\.95.*met/,
  )
  expect(lines.find((line) => line.includes('plain pg'))).toMatch(/93\.2 \+ 0\.97.*0\.97/)
  expect(lines.find((line) => line.includes('COPY (limit)'))).toMatch(
    /too noisy \(0\.50–1\.90\).*≥ 0\.8.*too noisy/,
  )
  expect(printVerdicts([result])).toBe('1 goals met, 0 short, 1 too noisy')
})

test('the picture shows what is clear, for light and dark pages', async () => {
  const svg = await plotResults([result], 'a machine')
  expect(svg).toMatch(/^<svg/)
  expect(svg).toContain('write, one at a time')
  expect(svg).toContain('prefers-color-scheme:dark')
  // A point for plain pg, none for COPY.
  expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(1)
})

describe('the command line', () => {
  test('takes filters, with and without a name', () => {
    expect(parseOptions(['write', '--filter', 'read', '--full', '--seed', '7'], 0)).toMatchObject({
      filters: ['read', 'write'],
      mode: 'full',
      seed: 7,
    })
    expect(parseOptions([], 5)).toMatchObject({ filters: [], mode: 'quick', seed: 5 })
  })

  test('refuses what it does not know', () => {
    expect(() => parseOptions(['--fast'], 0)).toThrow(/--fast/)
    expect(() => parseOptions(['--quick', '--full'], 0)).toThrow(/not both/)
    expect(() => parseOptions(['--seed', 'x'], 0)).toThrow(/whole number/)
  })

  test('a filter is a part of a name', () => {
    expect(matches(['write'], 'pglite-write')).toBe(true)
    expect(matches(['write', 'read'], 'idle')).toBe(false)
    expect(matches([], 'idle')).toBe(true)
  })
})
