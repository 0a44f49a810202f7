import { execFile } from 'node:child_process'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const folder = path.resolve(import.meta.dirname, '..')

/** Typedoc with the repository's settings, which writes nothing here. */
async function typedoc(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const bin = path.join(folder, 'node_modules/.bin/typedoc')
    execFile(bin, ['--emit', 'none', ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
  })
}

describe('the docstrings', { timeout: 300_000 }, () => {
  test('are on every public export and method', async () => {
    const { code, output } = await typedoc()
    expect(code, output).toBe(0)
  })

  test('are missed where there are none', async () => {
    const { code, output } = await typedoc(
      '--entryPoints',
      'fixtures/undocumented.ts',
      '--packagesRequiringDocumentation',
      '@mdb/reference',
    )
    expect(code).not.toBe(0)
    expect(output).toMatch(/Undocumented \(Interface\)/)
    expect(output).toMatch(/undocumented \(CallSignature\)/)
    expect(output).not.toMatch(/\bDocumented \(/)
  })

  test('are looked for in every subpath', async () => {
    const { entryPoints } = (await import('../typedoc.config.mjs')) as {
      readonly entryPoints: readonly string[]
    }
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
