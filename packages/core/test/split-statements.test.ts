import { describe, expect, test } from 'vitest'
import { OFFICIAL_FILES, readOfficialFile } from '../src/migration/official-sql.ts'
import { splitStatements } from '../src/migration/split-statements.ts'

const files = Object.values(OFFICIAL_FILES).flat()

describe('splitStatements', () => {
  test.for<[string, string[]]>([
    ['', []],
    [' ; ;\n', []],
    ['select 1', ['select 1']],
    ['select 1; select 2;', ['select 1', 'select 2']],
    ["select ';'; select ';;'", ["select ';'", "select ';;'"]],
    ["select 'it''s; so'; x", ["select 'it''s; so'", 'x']],
    ['select ";" from a; b', ['select ";" from a', 'b']],
    ['do $$ begin; end; $$; b', ['do $$ begin; end; $$', 'b']],
    ['do $a$ $$;$$ ; $a$; b', ['do $a$ $$;$$ ; $a$', 'b']],
    ['a -- no; end\n; b', ['a -- no; end', 'b']],
    ['a /* ; */ ; b', ['a /* ; */', 'b']],
    ['select 2 - 1 / 3, $1; b', ['select 2 - 1 / 3, $1', 'b']],
  ])('%j', ([text, statements]) => {
    expect(splitStatements(text)).toEqual(statements)
  })

  test.for(files)('%s keeps all of its text', async (file) => {
    const text = await readOfficialFile(file)
    const statements = splitStatements(text)
    const squeeze = (sql: string): string => sql.replaceAll(/[\s;]/g, '')
    expect(squeeze(statements.join(''))).toBe(squeeze(text))
    for (const statement of statements)
      expect(statement).toMatch(/^(create|do|drop|alter|grant)\b/i)
  })

  test('the official files are 30, and make 51 statements', async () => {
    const texts = await Promise.all(files.map(readOfficialFile))
    expect([files.length, texts.flatMap(splitStatements).length]).toEqual([30, 51])
  })
})
