import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFlights } from '../src/flights.ts'
import { lockDirectory } from '../src/lock-directory.ts'
import { readOptions } from '../src/options.ts'
import { expectAsInFile } from './support/expect-as-in-file.ts'
import { startExample } from './support/start-example.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/mdb-example-`)
})
afterAll(() => rm(directory, { recursive: true }))

test('an undisturbed run of all flights prints its progress and ends as in the file', async () => {
  const dataDirectory = `${directory}/all`
  const { code, output } = await startExample({ args: ['--data-dir', dataDirectory] })
  expect(code, output).toBe(0)
  for (const tenth of [10, 50, 90]) {
    expect(output).toContain(`Write flights ${tenth} %`)
    expect(output).toContain(`Project delays ${tenth} %`)
  }
  expect(output).toContain('Count alerts: 296 alerts')
  expect(output).toContain('223 airports')
  expect(output).toContain('the same as in the file')
  await expectAsInFile(readOptions(['--data-dir', dataDirectory], {}), await readFlights())
}, 300_000)

test('asked to stop, it stops in good order, and goes on from there', async () => {
  const args = ['--data-dir', `${directory}/stopped`, '--limit', '1000']
  const stopped = await startExample({ args, killAt: 'Project delays 30 %', killWith: 'SIGINT' })
  expect(stopped, stopped.output).toMatchObject({ code: 0, signal: null })
  expect(stopped.output).toMatch(/Project delays: stopped after \d+ messages/)
  expect(stopped.output).not.toContain('Count alerts')

  const finished = await startExample({ args })
  expect(finished.output).toContain('the same as in the file')
  // Each member saved its place as it stopped, so no message came twice.
  expect(messagesOf(stopped.output) + messagesOf(finished.output)).toBe(1_000)
}, 60_000)

function messagesOf(output: string): number {
  const [, messages] = /Project delays: (?:stopped after )?(\d+) messages/.exec(output) ?? []
  return Number(messages)
}

describe('the command', () => {
  test('explains itself', async () => {
    const { code, output } = await startExample({ args: ['--help'] })
    expect(code).toBe(0)
    expect(output).toContain('Usage')
  })

  test.each([
    { args: ['--nonsense'], message: '--nonsense' },
    { args: ['--limit', 'ten'], message: '--limit' },
    { args: ['--limit', '0'], message: '--limit' },
    { args: ['--port', '70000'], message: '--port' },
    { args: ['--speed', '-1'], message: '--speed' },
  ])('refuses $args', async ({ args, message }) => {
    const { code, output } = await startExample({ args })
    expect(code).toBe(1)
    expect(output).toContain(message)
  })

  test('says that DATABASE_URL cannot be reached, and keeps the password to itself', async () => {
    const { code, output } = await startExample({
      databaseUrl: 'postgres://me:secret@localhost:1/flights',
    })
    expect(code).toBe(1)
    expect(output).toContain('Cannot reach PostgreSQL at localhost:1/flights')
    expect(output).toContain('ECONNREFUSED')
    expect(output).not.toContain('secret')
  })

  test.each(['notaurl', 'secret', 'mysql://me:secret@localhost/flights'])(
    'says what DATABASE_URL must be, and keeps %s to itself',
    async (databaseUrl) => {
      const { code, output } = await startExample({ databaseUrl })
      expect(code).toBe(1)
      expect(output).toContain('DATABASE_URL must be like postgres://')
      expect(output).not.toContain('secret')
    },
  )

  test('leaves a data directory alone that another process uses', async () => {
    const dataDirectory = `${directory}/used`
    using _lock = await lockDirectory(dataDirectory)
    const { code, output } = await startExample({ args: ['--data-dir', dataDirectory] })
    expect(code).toBe(1)
    expect(output).toContain(`${dataDirectory} is in use by another process`)
  })
})
