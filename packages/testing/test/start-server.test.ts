import { startServer } from '@mdb/testing'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../src/settings.ts'

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
  process.env['MDB_TEST_BACKEND'] = 'url'
  try {
    await using server = await startServer({ backend: 'pglite' })
    expect(server.backend).toBe('pglite')
    await expect(startServer()).rejects.toThrow('MDB_TEST_URL is undefined')
  } finally {
    delete process.env['MDB_TEST_BACKEND']
  }
  await using server = await startServer()
  expect(server.backend).toBe('pglite')
})

test('a backend that is none is an error, not another backend', async () => {
  const backend = 'sqlite' as 'pglite'
  await expect(startServer({ backend })).rejects.toMatchObject({ code: 'INVALID_SETTING' })
})
