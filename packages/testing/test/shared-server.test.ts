import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, 'fixtures/shared')
const vitest = path.join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')

interface Result {
  readonly title: string
  readonly status: string
  readonly failureMessages: readonly string[]
  readonly meta: {
    readonly address?: { readonly run: string; readonly connectionString: string }
    readonly database?: string
  }
}

interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly Result[]
  }[]
}

/** Runs the project in `fixtures/shared`, in two workers, on one embedded PostgreSQL. */
async function runProject(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mdb-report-'))
  const outputFile = path.join(folder, 'report.json')
  const args = [vitest, 'run', '--root', root, '--outputFile', outputFile]
  const env = { ...process.env, MDB_TEST_BACKEND: 'embedded', MDB_REPORTS: undefined }
  try {
    const said = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { cwd: root, env }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      )
    })
    const report = await readFile(outputFile, 'utf8').catch(() => {
      throw new Error(`no report\n${said}`)
    })
    return JSON.parse(report) as Report
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('one server for a run of parallel workers', () => {
  let results: readonly Result[]
  let workers: readonly Result['meta'][]

  beforeAll(async () => {
    const { testResults } = await runProject()
    expect(testResults.map(({ message }) => message)).toEqual(['', '', ''])
    results = testResults.flatMap(({ assertionResults }) => assertionResults)
    workers = results.map(({ meta }) => meta).filter(({ address }) => address !== undefined)
  }, 180_000)

  test('all workers are on it, each test in a database of its own, and none meets another', () => {
    const passed = results.filter(({ status }) => status === 'passed').map(({ title }) => title)
    expect(passed.toSorted()).toEqual([
      'comes after it, unharmed',
      'cut: may leak',
      'cutAtLast: may leak',
      'embedded, file: unharmed',
      'embedded, transaction: unharmed',
      'is rolled back: round 1',
      'is rolled back: round 2',
      'one, round 1',
      'one, round 2',
      'pglite, file: unharmed',
      'pglite, transaction: unharmed',
      'shares a database: version 0',
      'shares a database: version 1',
      'two, round 1',
      'two, round 2',
    ])
    expect(workers).toHaveLength(4)
    expect(new Set(workers.map(({ address }) => address?.run)).size).toBe(1)
    expect(new Set(workers.map(({ database }) => database)).size).toBe(4)
  })

  test('a test that leaves a connection open fails, and names it, whatever tests share', () => {
    const failed = results.filter(({ status }) => status === 'failed')
    const onPostgres =
      /LeakedConnectionError.*\n.*mdb-testing \(pid \d+, postgres\): idle in transaction, last query: select 'leaked'/
    const said = Object.fromEntries(
      failed.map(({ title, failureMessages }) => [title, failureMessages.join('\n')]),
    )
    expect(said).toEqual({
      'leaks a transaction': expect.stringMatching(onPostgres) as string,
      'embedded, file: leaks': expect.stringMatching(onPostgres) as string,
      'embedded, transaction: leaks': expect.stringMatching(onPostgres) as string,
      'pglite, file: leaks': expect.stringMatching(
        /LeakedConnectionError.*\n.*mdb-testing: in use, last query: select 'leaked'/,
      ) as string,
      'pglite, transaction: leaks': expect.stringMatching(
        /LeakedConnectionError.*\n.*mdb-testing: in use/,
      ) as string,
    })
  })

  test('after the run nothing listens', async () => {
    const { port } = new URL(workers[0]?.address?.connectionString ?? '')
    const socket = connect(Number(port), '127.0.0.1')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })
})
