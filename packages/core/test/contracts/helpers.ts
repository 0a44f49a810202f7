import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  cardinalId,
  category,
  hash64,
  id,
  isCategory,
  type MessageStoreDatabase,
  streamName,
} from '@mdb/core'
import * as expressions from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

const anyText = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
const nameLike = fc
  .array(fc.oneof(fc.constantFrom('-', '+', ':', ''), fc.string({ unit: 'grapheme' })))
  .map((parts) => parts.join(''))
  .filter((text) => !text.includes('\0'))

/** Asks the server about all the texts in one query. */
async function ask(db: Kysely<MessageStoreDatabase>, texts: string[]): Promise<unknown[]> {
  const text = sql.ref<string>('given.text')
  const { rows } = await sql`
    select ${expressions.category(text)} as category, ${expressions.id(text)} as id,
      ${expressions.cardinalId(text)} as cardinal_id,
      ${expressions.isCategory(text)} as is_category, ${expressions.hash64(text)}::text as hash_64
    from jsonb_array_elements_text(${JSON.stringify(texts)}::text::jsonb)
      with ordinality as given(text, place)
    order by place`.execute(db)
  return rows
}

const answer = (text: string): unknown => ({
  category: category(text),
  id: id(text) ?? null,
  cardinal_id: cardinalId(text) ?? null,
  is_category: isCategory(text),
  hash_64: String(hash64(text)),
})

export function helpersContract(test: MessageStoreTest): void {
  describe('the pure helpers', () => {
    test('agree with the server on any text', async ({ db }) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(anyText, nameLike), { minLength: 200, maxLength: 300 }),
          async (texts) => {
            expect(texts.map(answer)).toEqual(await ask(db, texts))
          },
        ),
        { numRuns: 5 },
      )
    })

    test('agree with the server on names with edges', async ({ db }) => {
      const names = ['', '-', 'a', 'a-', '-a', 'a-b-c', 'a-b+c', 'a-+', 'a:b+c-d', 'a+b', '🛬-🛫+x']
      expect(names.map(answer)).toEqual(await ask(db, names))
    })

    test('build what they take apart', async ({ db }) => {
      const part = nameLike.filter((text) => text !== '' && !/[-+]/.test(text))
      const parts = fc.sample(fc.tuple(part, part, part), 200)
      const names = parts.map(([name, first, second]) => streamName(name, [first, second]))
      expect(await ask(db, names)).toMatchObject(
        parts.map(([name, first, second]) => ({
          category: name,
          id: `${first}+${second}`,
          cardinal_id: first,
        })),
      )
    })
  })
}
