import path from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { root } from '../src/repository.ts'

const fixtures = path.join(root, 'checks/fixtures/lint')

async function lint(file: string): Promise<{ code: number; rules: string[] }> {
  const oxlint = path.join(root, 'checks/node_modules/.bin/oxlint')
  const args = ['-c', 'oxlint.json', '--deny-warnings', '-f', 'json', file]
  const { code, stdout } = await command(oxlint, args, { cwd: fixtures })
  const report = JSON.parse(stdout) as { diagnostics: { code: string }[] }
  return { code, rules: report.diagnostics.map((diagnostic) => diagnostic.code) }
}

// The linter sees types only through its second program and a tsconfig; either can go missing
// without a word. These fixtures are wrong in ways that no linter without types can see.
test.for([
  ['floating-promise.ts', 'typescript(no-floating-promises)'],
  ['forgotten-case.ts', 'typescript(switch-exhaustiveness-check)'],
  ['awaited-value.ts', 'typescript(await-thenable)'],
] as const)('the linter sees types: %s breaks %s', async ([file, rule]) => {
  expect(await lint(file)).toEqual({ code: 1, rules: [rule] })
})

test('the linter has nothing to say about a sound file', async () => {
  expect(await lint('sound.ts')).toEqual({ code: 0, rules: [] })
})
