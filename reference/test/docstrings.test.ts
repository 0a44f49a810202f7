import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { missingDocstrings } from '../src/missing-docstrings.ts'
import { entryPoints } from '../typedoc.config.mjs'

const folder = path.resolve(import.meta.dirname, '..')

describe('the docstrings', { timeout: 300_000 }, () => {
  test('are on every public export', async () => {
    const { seen, missing } = await missingDocstrings(entryPoints)
    expect(missing).toEqual([])
    expect(seen).toEqual(
      expect.arrayContaining([
        'core/src: createMessageStore',
        'core/src/migration: Finding',
        'subscriptions/src: subscribe',
        'testing/src/vitest: messageStoreTest',
      ]),
    )
  })

  test('are missed where there are none, or empty ones', async () => {
    const { seen, missing } = await missingDocstrings(['fixtures/undocumented.ts'])
    const names = (list: readonly string[]) => list.map((name) => name.replace(/^.*: /, '')).sort()
    expect(names(missing)).toEqual(['Undocumented', 'empty', 'undocumented'])
    expect(names(seen)).toContain('Documented')
  })

  test('are looked for in every subpath', () => {
    const found = entryPoints.map((file) => path.relative(path.join(folder, '../packages'), file))
    expect(found).toEqual(
      expect.arrayContaining([
        'core/src/index.ts',
        'core/src/migration/index.ts',
        'subscriptions/src/index.ts',
        'testing/src/vitest.ts',
      ]),
    )
  })
})
