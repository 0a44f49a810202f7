import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readText, root } from '../src/repository.ts'

// docs/guarantees.md promises tests by name. A promise without its test fails here.

const FOLDER = 'packages/subscriptions/test'
const ROW = /^\|(?<guarantee>[^|]*)\|\s*`(?<file>[^`|]+\.ts)`\s*\|(?<name>[^|]+)\|$/

const rows = readText('docs/guarantees.md')
  .split('\n')
  .filter((line) => line.startsWith('|') && line.includes('.ts`'))
const promises = rows.map((row) => {
  const { file, name } = ROW.exec(row)?.groups ?? {}
  return { row, file, name }
})

describe('each guarantee', () => {
  test('is a row of guarantee, file and test', () => {
    expect(promises.length).toBeGreaterThan(15)
    expect(promises.filter(({ file, name }) => file === undefined || name === undefined)).toEqual(
      [],
    )
  })

  test.for(promises)('has its test: $name', ({ file = '', name = '' }) => {
    const source = path.join(FOLDER, file)
    expect(existsSync(path.join(root, source)), `${source} is missing`).toBe(true)
    expect(testNames(readText(source))).toContain(name.trim())
  })
})

test('a test that is not there would be found missing', () => {
  expect(testNames("test('one thing', async () => {})\n// test('another', …)")).toEqual([
    'one thing',
  ])
  expect(testNames("test.for([\n  [1],\n] as const)(\n  'each thing', …)")).toEqual(['each thing'])
})

/** The names that a file gives its tests, however the test function is called; not the comments. */
function testNames(source: string): string[] {
  const code = source.replaceAll(/^\s*\/\/.*$/gm, '')
  const names = code.matchAll(
    /(?:\b(?:test|it|embedded|pglite)|\](?: as const)?\)|\beach\(\w+\))\(\s*(['"`])(?<name>(?:\\.|(?!\1).)*)\1/g,
  )
  return [...names].map(({ groups }) => (groups?.['name'] ?? '').replaceAll(/\\(.)/g, '$1'))
}
