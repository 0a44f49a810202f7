import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { OFFICIAL_VERSION, readOfficialFile } from '../src/migration/official-sql.ts'
import { updateSteps, upgradeScripts } from '../src/migration/update-scripts.ts'

test('the official package is of the version that this one is written for', async () => {
  expect((await readOfficialFile('VERSION.txt')).trim()).toBe(OFFICIAL_VERSION)
  const core = createRequire(import.meta.url).resolve('@eventide/message-db/package.json')
  const version = await readFile(join(dirname(core), 'database/VERSION.txt'), 'utf8')
  expect(version.trim()).toBe(OFFICIAL_VERSION)
})

test.for([
  ['1.0.0', ['update/1.2.2.sh', 'update/1.3.0.sh']],
  ['1.1.6', ['update/1.2.2.sh', 'update/1.3.0.sh']],
  ['1.2.2', ['update/1.3.0.sh']],
  ['1.2.6', ['update/1.3.0.sh']],
  ['1.3.0', []],
] as const)('from %s the scripts are %j', ([from, scripts]) => {
  expect(upgradeScripts(from)).toEqual(scripts)
})

test.for(['1.3.1', '1.10.0', '2.0.0', '0.1.0', '1.2', '1.2.6.1', ' 1.2.6', '1.99999.0', ''])(
  'there is no way from %j',
  (from) => {
    expect(upgradeScripts(from)).toBeUndefined()
  },
)

test('the steps of both scripts, in order, and nothing that cascades', async () => {
  expect(updateSteps(await readOfficialFile('update/1.2.2.sh'))).toEqual([
    { file: 'functions/get-stream-messages.sql' },
    { file: 'functions/get-category-messages.sql' },
  ])
  expect(updateSteps(await readOfficialFile('update/1.3.0.sh'))).toEqual([
    {
      statement: 'DROP FUNCTION IF EXISTS message_store.get_last_stream_message(varchar)',
    },
    { statement: 'DROP FUNCTION IF EXISTS message_store.message_store_version' },
    { file: 'functions/get-last-stream-message.sql' },
    { file: 'functions/message-store-version.sql' },
    {
      statement:
        'GRANT EXECUTE ON FUNCTION message_store.get_last_stream_message(varchar, varchar) TO message_store',
    },
    {
      statement: 'GRANT EXECUTE ON FUNCTION message_store.message_store_version TO message_store',
    },
  ])
})
