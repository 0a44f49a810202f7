import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command } from '../src/command.ts'
import { countExamples, exampleBlocks } from '../src/docstrings.ts'
import { codeBlocks, type CodeBlock } from '../src/markdown.ts'
import { published, readManifest, readText, root, trackedFiles } from '../src/repository.ts'

/**
 * Every TypeScript block in the documents and in the docstrings' examples is a program: it is type-checked
 * and run, alone, against the builds, as a reader would who pastes it into a file. DATABASE_URL names a fresh database with
 * Message DB in it, for blocks that connect to one. A block that declares tests is run by Vitest.
 */
const documents = trackedFiles().filter((file) =>
  /^(?:README\.md|CONTRIBUTING\.md|packages\/[^/]+\/README\.md|apps\/[^/]+\/README\.md|docs\/.*\.md)$/.test(
    file,
  ),
)
const sources = trackedFiles().filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file))
const blocks = documents.flatMap((file) => codeBlocks(file, readText(file)))
const examples = sources.flatMap((file) => exampleBlocks(file, readText(file)))

const folder = path.join(root, 'checks/.blocks')
const bin = (name: string): string => path.join(root, 'node_modules/.bin', name)

const declaresTests = (block: CodeBlock): boolean =>
  /from '(?:vitest|@mdb\/testing\/vitest)'/.test(block.code)

// A hundred programs of a second each, which the documents' blocks mostly say again: run by
// `MDB_RUN_EXAMPLES=1`, as the workflow of CI does, and type-checked always.
const runsExamples = process.env['MDB_RUN_EXAMPLES'] === '1'
const isExample = ({ file }: CodeBlock): boolean => file.endsWith('.ts')

const programs = [...blocks, ...examples]
  .filter((block) => /^(?:ts|typescript)$/.test(block.language))
  .map((block) => {
    const stem = `${block.file.replaceAll(/[/.]/g, '-')}-${block.line}`
    const name = declaresTests(block) ? `${stem}.test` : stem
    return { ...block, name, where: `${block.file}:${block.line}` }
  })

describe('TypeScript blocks', () => {
  let server: EmbeddedServer
  let diagnostics = ''

  beforeAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    await Promise.all(
      programs.map(({ name, code }) => writeFile(path.join(folder, `${name}.ts`), code)),
    )
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: {
        outDir: 'out',
        moduleDetection: 'force',
        declaration: false,
        declarationMap: false,
        isolatedDeclarations: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ['*.ts'],
    }
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
    await writeFile(path.join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
    const [compiled, started] = await Promise.all([
      command(bin('tsc'), ['-p', '.', '--pretty', 'false'], { cwd: folder }),
      startEmbeddedPostgres(),
    ])
    diagnostics = compiled.code === 0 ? '' : compiled.output
    server = started
  }, 120_000)

  afterAll(async () => {
    await server?.stop()
  })

  test.for(programs)('$where type-checks and runs', { timeout: 60_000 }, async (program) => {
    const complaints = diagnostics
      .split('\n')
      .filter((line) => line.startsWith(`${program.name}.ts`))
    expect(complaints).toEqual([])
    if (isExample(program) && !runsExamples) return
    await using database = /\bDATABASE_URL\b/.test(program.code)
      ? await server.createDatabase()
      : undefined
    const file = path.join(folder, 'out', `${program.name}.js`)
    const [runner, args] = declaresTests(program)
      ? [bin('vitest'), ['run', '--root', path.join(folder, 'out'), file]]
      : [process.execPath, [file]]
    const { code, output } = await command(runner, args, {
      cwd: folder,
      timeout: 45_000,
      env: database === undefined ? {} : { DATABASE_URL: database.connectionString },
    })
    expect(code, output).toBe(0)
  })

  test('as a whole they compile', () => {
    expect(diagnostics).toBe('')
  })

  test.for(['README.md', ...published.map((name) => `packages/${name}/README.md`)])(
    '%s has at least one',
    (file) => {
      expect(programs.map((program) => program.file)).toContain(file)
    },
  )
})

test('every @example is a block of TypeScript', () => {
  const counted = sources.map((file) => ({
    file,
    blocks: exampleBlocks(file, readText(file)).filter(({ language }) => language === 'ts').length,
    examples: countExamples(readText(file)),
  }))
  expect(counted.filter((one) => one.blocks !== one.examples)).toEqual([])
  expect(examples.length).toBeGreaterThan(100)
})

describe('shell blocks', () => {
  const lines = blocks
    .filter((block) => /^(?:sh|bash|shell|console)$/.test(block.language))
    .flatMap(({ file, code }) => code.split('\n').map((line) => ({ file, line: line.trim() })))
    .map(({ file, line }) => ({ file, line: line.replace(/^\$ /, '') }))
  const scripts = Object.keys(readManifest().scripts ?? {})
  const pnpmOwn = ['install', 'exec', 'add', 'dlx', '--filter', '-C', '-r', 'changeset', 'turbo']

  test('the README names the two commands', () => {
    const said = lines.filter(({ file }) => file === 'README.md').map(({ line }) => line)
    expect(said).toEqual(
      expect.arrayContaining(['npx --yes pnpm@12 start', 'npx --yes pnpm@12 test']),
    )
  })

  test('every pnpm command is a script of the repository or a command of pnpm', () => {
    const named = lines.flatMap(({ file, line }) => {
      const match = /npx --yes pnpm@12 (?:run )?(\S+)/.exec(line)
      return match === null ? [] : [{ file, line, script: match[1] ?? '' }]
    })
    expect(named.length).toBeGreaterThan(1)
    expect(named.filter(({ script }) => ![...scripts, ...pnpmOwn].includes(script))).toEqual([])
  })
})
