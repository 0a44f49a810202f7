import path from 'node:path'
import { expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { root } from '../src/repository.ts'

const folder = path.join(root, 'checks/fixtures/runners')
const bin = (name: string): string => path.join(root, 'checks/node_modules', name)

interface Runner {
  readonly name: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** What it says when all tests of the suite have passed. */
  readonly says: RegExp
}

const runners: readonly Runner[] = [
  { name: 'node:test', args: ['--test', 'node-test.mjs'], says: /pass 5\n.*fail 0/ },
  {
    name: 'Mocha',
    args: [bin('mocha/bin/mocha.js'), '--timeout', '60000', 'mocha.mjs'],
    says: /5 passing/,
  },
  {
    name: 'Jest',
    args: [bin('jest/bin/jest.js'), '--config', 'jest.config.mjs'],
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
    says: /Tests: +5 passed, 5 total/,
  },
  {
    name: 'Vitest, two workers on one server',
    args: [bin('vitest/vitest.mjs'), 'run', '--root', folder, '--reporter', 'default'],
    says: /Tests +4 passed/,
  },
]

// The plain functions of @mdb/testing, in whatever runs the tests; from the builds, as published.
test.for(
  runners.flatMap((runner) =>
    (['pglite', 'embedded'] as const).map((backend) => ({ ...runner, backend })),
  ),
)(
  'a suite of $name runs on $backend',
  { timeout: 180_000 },
  async ({ args, env, says, backend }) => {
    const { code, output } = await command(process.execPath, args, {
      cwd: folder,
      env: { ...env, MDB_TEST_BACKEND: backend, NO_COLOR: '1', FORCE_COLOR: '0' },
      timeout: 170_000,
    })
    expect(code, output).toBe(0)
    expect(output).toMatch(says)
  },
)
