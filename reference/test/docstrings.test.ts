import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
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

  test('of every subpath that a package exports', () => {
    const settings = JSON.parse(readFileSync(path.join(folder, 'typedoc.json'), 'utf8')) as {
      readonly entryPoints: readonly string[]
    }
    const sources = ['core', 'subscriptions', 'testing'].flatMap((name) => {
      const manifest = path.join(folder, '../packages', name, 'package.json')
      const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly exports: Readonly<Record<string, { readonly '@mdb/source'?: string }>>
      }
      return Object.values(exports).flatMap(({ '@mdb/source': source }) =>
        source === undefined ? [] : [path.join('../packages', name, source)],
      )
    })
    expect(settings.entryPoints.toSorted()).toEqual(sources.toSorted())
  })
})
