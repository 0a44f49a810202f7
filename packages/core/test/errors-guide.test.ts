import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as core from '@mdb/core'
import * as functions from '@mdb/core/functions'
import * as migration from '@mdb/core/migration'
import { TRANSIENT_CODES, TRANSIENT_SQLSTATES } from '../src/transient-failures.ts'

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

  test('lists exactly what is transient', () => {
    const listed = tableUnder('What is transient').flatMap(([codes]) =>
      withoutQuotes(codes).split(' '),
    )
    const known = [...TRANSIENT_SQLSTATES, ...TRANSIENT_CODES, '08…', '57014', 'ENOENT']
    expect(listed.toSorted()).toEqual(known.toSorted())
  })
})
