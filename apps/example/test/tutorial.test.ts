import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { excerptOf, withExcerpts } from '../tutorial/excerpts.ts'

const read = (path: string): string => readFileSync(`${import.meta.dirname}/../${path}`, 'utf8')

test('the tutorial shows the sources as they are (pnpm --filter @mdb/example tutorial writes it)', () => {
  const guide = read('TUTORIAL.md')
  expect(guide.match(/<!-- excerpt: /g)?.length).toBeGreaterThan(10)
  expect(guide.match(/<!-- end -->/g)?.length).toBe(guide.match(/<!-- excerpt: /g)?.length)
  expect(withExcerpts(guide, read)).toBe(guide)
})

const source = `import { x } from 'y'

/** Of one line. */
export const one = 1

/**
 * Of several.
 */
export async function two(
  a: string,
): Promise<void> {
  if (a) {
    return
  }
}

const three = {
  a: 1,
} satisfies object
`

test('an excerpt is a declaration and the comment above it', () => {
  expect(excerptOf(source, 'one', 'a.ts')).toBe('/** Of one line. */\nexport const one = 1')
  expect(excerptOf(source, 'two', 'a.ts')).toMatch(/^\/\*\*\n \* Of several\.[\s\S]*\n {2}}\n}$/)
  expect(excerptOf(source, 'three', 'a.ts')).toBe('const three = {\n  a: 1,\n} satisfies object')
})

test('what is not in the source is an error, and what has changed is shown anew', () => {
  expect(() => excerptOf(source, 'four', 'a.ts')).toThrow('a.ts has no four')
  const old = '<!-- excerpt: a.ts one -->\n\n```ts\nold\n```\n\n<!-- end -->'
  expect(withExcerpts(old, () => source)).toContain('export const one = 1')
  expect(withExcerpts(old, () => source)).not.toContain('old')
})
