import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as core from '@mdb/core'
import * as functions from '@mdb/core/functions'
import * as migration from '@mdb/core/migration'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { z } from 'zod'
import { TRANSIENT_CODES, TRANSIENT_SQLSTATES } from '../src/transient-failures.ts'
import { errorSamples } from './support/error-samples.ts'

const guide = readFileSync(new URL('../../../docs/guides/errors.md', import.meta.url), 'utf8')

/** The cells of each row of the table under a heading. */
function tableUnder(heading: string): string[][] {
  const [, section = ''] = guide.split(`\n## ${heading}\n`)
  return section
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    )
}

const withoutQuotes = (cell = ''): string => cell.replaceAll('`', '')

/** The classes that callers can catch, with their codes. */
function exportedErrors(): [string, string][] {
  const all: Record<string, unknown> = { ...core, ...functions, ...migration }
  return Object.entries(all).flatMap(([name, value]): [string, string][] => {
    if (typeof value !== 'function' || !(value.prototype instanceof core.MessageStoreError))
      return []
    const [, code = ''] = /\bcode = ['"](\w+)['"]/.exec(String(value)) ?? []
    return [[name, code]]
  })
}

describe('the guide on errors', () => {
  const rows = tableUnder('The errors')

  test('lists exactly the classes and codes that are exported', () => {
    const listed = rows.map(([name, code]) => withoutQuotes(`${name} ${code}`))
    const exported = exportedErrors()
    expect(exported.length).toBeGreaterThan(20)
    expect(listed.toSorted()).toEqual(exported.map(([name, code]) => `${name} ${code}`).toSorted())
    expect(new Set(exported.map(([, code]) => code)).size).toBe(exported.length)
  })

  test('says of each when, what to do, and whether it is transient', () => {
    for (const cells of rows) {
      expect(cells).toHaveLength(5)
      expect(cells.every((cell) => cell !== '')).toBe(true)
      expect(cells[4]).toMatch(/^(?:no|by its `cause`)$/)
    }
  })

  test('is right about that', () => {
    // What the server says when it refuses, and what stands behind a failure that will pass.
    const refusal = Object.assign(new Error('refused'), { code: 'P0001' })
    const failure = Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    expect(Object.keys(errorSamples).toSorted()).toEqual(
      rows.map(([name]) => withoutQuotes(name)).toSorted(),
    )
    for (const [name, , , , transient] of rows) {
      const sample = errorSamples[withoutQuotes(name)]!
      expect(sample({}).constructor.name).toBe(withoutQuotes(name))
      for (const options of [{}, { cause: refusal }]) {
        expect([name, core.isTransient(sample(options))]).toEqual([name, false])
      }
      // Whose cause is never more than a refusal, that is not asked about.
      if (transient === 'no') continue
      expect([name, core.isTransient(sample({ cause: failure }))]).toEqual([name, true])
    }
  })

  test('says "by its `cause`" of those that code of your own is behind, and a lost answer', async () => {
    const failure = Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    const fails = async () => Promise.reject(failure)
    const standard = { version: 1, vendor: 'test', validate: fails } as const
    // Nothing is sent.
    const dialect = new PostgresDialect({ pool: new pg.Pool() })
    const nowhere = core.createMessageStore(new Kysely<unknown>({ dialect }))
    const flights = core.defineCategory('airport', {
      Departed: { data: z.object({}), schemaVersion: 2, upcast: { 1: fails } },
      Arrived: { '~standard': standard },
    })
    const place = { id: crypto.randomUUID(), position: 0n, globalPosition: 1n, time: new Date(0) }
    const stored = { ...place, streamName: 'airport-SEA', data: {}, metadata: undefined }
    const thrown = await Promise.allSettled([
      flights.parse({ ...stored, type: 'Departed' }),
      flights.parse({ ...stored, type: 'Arrived' }),
      flights.on(nowhere).checkMessage('SEA', { type: 'Arrived', data: {} }),
    ])
    const reasons = thrown.map((result) => (result as PromiseRejectedResult).reason as Error)
    expect(reasons.map((reason) => core.isTransient(reason))).toEqual([true, true, true])
    const named = rows.filter(([, , , , transient]) => transient !== 'no').map(([name]) => name)
    expect(named.map(withoutQuotes).toSorted()).toEqual(
      [
        ...new Set(['WriteOutcomeUnknownError', ...reasons.map((reason) => reason.name)]),
      ].toSorted(),
    )
  })

  test('lists exactly what is transient', () => {
    const listed = tableUnder('What is transient').flatMap(([codes]) =>
      withoutQuotes(codes).split(' '),
    )
    const known = [...TRANSIENT_SQLSTATES, ...TRANSIENT_CODES, '08…', '57014', 'ENOENT']
    expect(listed.toSorted()).toEqual(known.toSorted())
  })
})
