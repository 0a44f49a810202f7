import { expect, test } from 'vitest'
import { checkServer } from '../src/migration/verification/check-surroundings.ts'
import {
  parseFunction,
  readOfficialFunctions,
} from '../src/migration/verification/official-functions.ts'

test('every official function is read from its file', async () => {
  const functions = await readOfficialFunctions()
  expect(functions).toHaveLength(12)
  expect(functions.find(({ name }) => name === 'get_stream_messages')).toMatchObject({
    arguments: [
      'stream_name character varying',
      'position bigint default 0',
      'batch_size bigint default 1000',
      'condition character varying default null',
    ],
    types: 'character varying,bigint,bigint,character varying',
    result: 'setof message',
    language: 'plpgsql',
    volatility: 'volatile',
  })
})

test('what is no function is not taken for one', () => {
  expect(() => parseFunction('CREATE VIEW x AS SELECT 1')).toThrow(/No function/)
})

test('a server that is too old is said to be', () => {
  const surroundings = {
    serverVersion: 110_022,
    database: 'd',
    role: 'r',
    schemaExists: true,
    mayUseSchema: true,
    roleExists: true,
    roleIsMember: true,
    pgcrypto: false,
    sqlCondition: null,
  }
  expect(checkServer(surroundings)).toMatchObject([{ code: 'server-too-old', severity: 'error' }])
  expect(checkServer({ ...surroundings, serverVersion: 120_000 })).toEqual([])
})
