import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import type { MessageStoreDatabase } from '@mdb/core'
import {
  createConsumerGroupIndex,
  type Finding,
  type FindingCode,
  installMessageStore,
  upgradeMessageStore,
  verify,
} from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { dropStore, fingerprint, installOld } from '../support/installations.ts'
import { splitStatements } from '../../src/migration/split-statements.ts'

type DB = MessageStoreDatabase

const errorsOf = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ severity }) => severity === 'error')

const codesOf = (findings: readonly Finding[]): string[] =>
  errorsOf(findings).map(({ code, subject }) => `${code}: ${subject}`)

/** Ways to break a store, what is found then, and whether the commands make it whole. */
const BREAKAGES: readonly {
  readonly how: string
  readonly sql: string
  readonly codes: readonly `${FindingCode}: ${string}`[]
  readonly found: RegExp
}[] = [
  {
    how: 'a function dropped',
    sql: 'drop function message_store.stream_version(varchar)',
    codes: ['function-missing: function stream_version'],
    found: /nothing/,
  },
  {
    how: 'the version function dropped',
    sql: 'drop function message_store.message_store_version()',
    codes: ['function-missing: function message_store_version'],
    found: /nothing/,
  },
  {
    how: 'a function with another body',
    sql: `create or replace function message_store.acquire_lock(stream_name varchar)
      returns bigint as $$ begin return 1; end; $$ language plpgsql volatile`,
    codes: ['function-changed: function acquire_lock'],
    found: /another body/,
  },
  {
    how: 'a function of another volatility',
    sql: 'alter function message_store.hash_64(varchar) stable',
    codes: ['function-changed: function hash_64'],
    found: /stable/,
  },
  {
    how: 'a function that runs as its owner',
    sql: 'alter function message_store.write_message security definer',
    codes: ['function-changed: function write_message'],
    found: /security definer/,
  },
  {
    how: 'a function with other argument names and result',
    sql: `drop function message_store.acquire_lock(varchar);
      create function message_store.acquire_lock(name varchar) returns int
      language sql volatile as 'select 1'`,
    codes: ['function-changed: function acquire_lock'],
    found: /arguments \(name character varying\); returns integer; another body; language sql/,
  },
  {
    how: 'a namesake left by an older version',
    sql: `create function message_store.get_last_stream_message(stream_name varchar)
      returns setof message_store.message language sql as 'select null::message_store.message'`,
    codes: ['function-overloaded: function get_last_stream_message'],
    found: /get_last_stream_message\(character varying\)/,
  },
  {
    how: 'an index dropped',
    sql: 'drop index message_store.messages_stream',
    codes: ['index-missing: index messages_stream'],
    found: /nothing/,
  },
  {
    how: 'an index renamed',
    sql: 'alter index message_store.messages_id rename to by_id',
    codes: ['index-missing: index messages_id'],
    found: /under the name by_id/,
  },
  {
    how: 'an index on something else',
    sql: `drop index message_store.messages_category;
      create index messages_category on message_store.messages (type)`,
    codes: ['index-changed: index messages_category'],
    found: /\(type\)/,
  },
  {
    how: 'an index that is no longer unique',
    sql: `drop index message_store.messages_id;
      create index messages_id on message_store.messages (id)`,
    codes: ['index-changed: index messages_id'],
    found: /CREATE INDEX messages_id/,
  },
  {
    how: 'an index whose build failed',
    sql: `update pg_index set indisvalid = false
      where indexrelid = 'message_store.messages_stream'::regclass`,
    codes: ['index-invalid: index messages_stream'],
    found: /build failed/,
  },
  {
    how: 'no primary key',
    sql: 'alter table message_store.messages drop constraint messages_pkey',
    codes: ['index-missing: index messages_pkey'],
    found: /nothing/,
  },
  {
    how: 'another primary key',
    sql: `alter table message_store.messages drop constraint messages_pkey;
      alter table message_store.messages add primary key (id)`,
    codes: ['index-changed: index messages_pkey'],
    found: /\(id\)/,
  },
  {
    how: 'a view dropped',
    sql: 'drop view message_store.type_summary',
    codes: ['view-missing: view type_summary'],
    found: /nothing/,
  },
  {
    how: 'a view with other columns',
    sql: `drop view message_store.stream_summary;
      create view message_store.stream_summary as select 1 as one`,
    codes: ['view-changed: view stream_summary'],
    found: /one integer/,
  },
  {
    how: 'a column dropped',
    sql: 'alter table message_store.messages drop column data',
    codes: ['column-missing: column data'],
    found: /nothing/,
  },
  {
    how: 'columns of another type, that may be null, without a default',
    sql: `alter table message_store.messages alter column data type json using data::json;
      alter table message_store.messages alter column stream_name drop not null;
      alter table message_store.messages alter column time drop default`,
    codes: [
      'column-changed: column time',
      'column-changed: column stream_name',
      'column-changed: column data',
    ],
    found: /json|text|timestamp/,
  },
  {
    how: 'a column that Message DB does not fill',
    sql: 'alter table message_store.messages add column tenant text not null',
    codes: ['column-unexpected: column tenant'],
    found: /text NOT NULL/,
  },
  {
    how: 'a type with other attributes',
    sql: 'alter type message_store.message add attribute more int',
    codes: ['type-changed: type message'],
    found: /more integer/,
  },
  {
    how: 'no type, which takes the functions along',
    sql: 'drop type message_store.message cascade',
    codes: [
      'type-missing: type message',
      'function-missing: function get_stream_messages',
      'function-missing: function get_category_messages',
      'function-missing: function get_last_stream_message',
    ],
    found: /nothing/,
  },
  {
    how: 'no table, which takes indexes and views along',
    sql: 'drop table message_store.messages cascade',
    codes: [
      'table-missing: table messages',
      ...['messages_pkey', 'messages_id', 'messages_stream', 'messages_category'].map(
        (name) => `index-missing: index ${name}` as const,
      ),
      ...[
        'stream_summary',
        'type_summary',
        'stream_type_summary',
        'type_stream_summary',
        'category_type_summary',
        'type_category_summary',
      ].map((name) => `view-missing: view ${name}` as const),
    ],
    found: /nothing/,
  },
]

/** Runs what each finding says, as a reader would: what an earlier one mended is not mended twice. */
async function obey(db: Kysely<DB>): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const [first] = errorsOf((await verify(db)).findings)
    if (first === undefined) return
    for (const statement of splitStatements(first.command)) {
      await sql.raw(statement).execute(db)
    }
  }
}

export function verifyContract(test: MessageStoreTest): void {
  describe('verify', () => {
    test('finds nothing wrong with what was installed', async ({ db }) => {
      const report = await verify(db)
      expect(report).toEqual({
        ok: true,
        version: '1.3.0',
        serverVersion: expect.any(Number),
        role: 'postgres',
        messageStoreRole: { exists: true, isMember: true },
        // PostgreSQL has what it gives itself, since 13.
        pgcrypto: report.serverVersion < 130_000,
        conditions: false,
        consumerGroupIndexes: [],
        findings: [
          {
            code: 'conditions-off',
            severity: 'notice',
            subject: 'setting message_store.sql_condition',
            found: 'nothing',
            expected: 'on, where reads have a condition',
            command: expect.stringMatching(
              /^ALTER DATABASE .+ SET message_store.sql_condition = 'on';$/,
            ),
          },
        ],
      })
    })

    test('changes nothing: a transaction that may only read will do', async ({ db }) => {
      const reading = db.transaction().setAccessMode('read only')
      expect(await reading.execute(async (trx) => verify(trx))).toMatchObject({ ok: true })
    })

    test('takes the same text with other white space for the same', async ({ db }) => {
      const { rows } = await sql<{ definition: string }>`
        select pg_get_functiondef('message_store.write_message'::regproc) as definition`.execute(db)
      const spaced = rows[0]?.definition.replaceAll('\n', '\r\n\t  \n') ?? ''
      await sql.raw(spaced).execute(db)
      expect(errorsOf((await verify(db)).findings)).toEqual([])
    })

    test('finds a group index that is invalid, or whose functions have no path', async ({ db }) => {
      await createConsumerGroupIndex(db, { size: 4 })
      expect(await verify(db)).toMatchObject({
        ok: true,
        consumerGroupIndexes: [{ name: 'mdb_consumer_group_4', size: 4, state: 'valid' }],
      })
      await sql`update pg_index set indisvalid = false
        where indexrelid = 'message_store.mdb_consumer_group_4'::regclass`.execute(db)
      await sql`alter function message_store.cardinal_id(varchar) reset search_path`.execute(db)
      const report = await verify(db)
      expect(codesOf(report.findings)).toEqual([
        'consumer-group-index-invalid: index mdb_consumer_group_4',
        'consumer-group-index-unsettled: function cardinal_id',
      ])
      expect(errorsOf(report.findings).map(({ command }) => command)).toEqual([
        'await createConsumerGroupIndex(db, { size: 4 })',
        'alter function message_store.cardinal_id(varchar) set search_path = message_store, pg_temp;',
      ])
      await createConsumerGroupIndex(db, { size: 4 })
      expect((await verify(db)).ok).toBe(true)
    })

    test('says that nothing is installed, and what to call', async ({ db }) => {
      await dropStore(db)
      const { ok, version, findings } = await verify(db)
      expect([ok, version]).toEqual([false, undefined])
      expect(findings).toMatchObject([
        { code: 'not-installed', command: 'await installMessageStore(db)' },
      ])
      await installMessageStore(db)
      expect((await verify(db)).ok).toBe(true)
    })

    test('says that it is outdated, without calling it drift', async ({ db }) => {
      await installOld(db, '1.2.6')
      const { version, findings } = await verify(db)
      expect(version).toBe('1.2.6')
      expect(errorsOf(findings)).toMatchObject([
        { code: 'version-outdated', command: 'await upgradeMessageStore(db)' },
      ])
      await upgradeMessageStore(db)
      expect((await verify(db)).ok).toBe(true)
    })

    test.for(['1.4.0', '0.9.0', 'mine'])('does not know version %j', async (version, { db }) => {
      await sql`create or replace function message_store.message_store_version() returns varchar
        language sql as ${sql.lit(`select '${version}'::varchar`)}`.execute(db)
      const report = await verify(db)
      expect(report.version).toBe(version)
      expect(codesOf(report.findings)).toEqual(['version-unknown: Message DB'])
    })

    test('says which calls a role may not make, and its commands grant them', async ({ db }) => {
      await sql`drop role if exists "Read er"`.execute(db)
      await sql`create role "Read er"`.execute(db)
      await sql`revoke execute on function message_store.hash_64(varchar) from public`.execute(db)
      const asReader = async <Result>(run: (trx: Kysely<DB>) => Promise<Result>): Promise<Result> =>
        db.transaction().execute(async (trx) => {
          await sql`set local role "Read er"`.execute(trx)
          return run(trx)
        })
      const report = await asReader(verify)
      expect(report).toMatchObject({
        ok: false,
        version: '1.3.0',
        role: 'Read er',
        messageStoreRole: { exists: true, isMember: false },
      })
      const callsFor = (found: string) =>
        report.findings.find((finding) => finding.found === found)?.calls
      expect(callsFor('no USAGE ON SCHEMA message_store')).toHaveLength(12)
      expect(callsFor('no SELECT ON message_store.messages')).toEqual([
        'stream_version',
        'write_message',
        'get_stream_messages',
        'get_category_messages',
        'get_last_stream_message',
      ])
      expect(callsFor('no INSERT ON message_store.messages')).toEqual(['write_message'])
      expect(callsFor('no USAGE ON SEQUENCE message_store.messages_global_position_seq')).toEqual([
        'write_message',
      ])
      expect(callsFor('no EXECUTE ON FUNCTION message_store.hash_64(character varying)')).toEqual([
        'hash_64',
        'acquire_lock',
        'write_message',
        'get_category_messages',
      ])
      expect(callsFor('no SELECT ON message_store.type_summary')).toEqual([])
      expect(errorsOf(report.findings)).toHaveLength(11)

      for (const { command } of errorsOf(report.findings)) await sql.raw(command).execute(db)
      expect((await asReader(verify)).ok).toBe(true)
      await sql`drop owned by "Read er"`.execute(db)
      await sql`drop role "Read er"`.execute(db)
    })

    test('a member of role message_store may make all calls', async ({ db }) => {
      await sql`drop role if exists member`.execute(db)
      await sql`create role member in role message_store`.execute(db)
      const report = await db.transaction().execute(async (trx) => {
        await sql`set local role member`.execute(trx)
        return verify(trx)
      })
      expect(errorsOf(report.findings)).toEqual([])
      expect(report.messageStoreRole).toEqual({ exists: true, isMember: true })
      await sql`drop role member`.execute(db)
    })

    test('notices that role message_store is missing, and that conditions are on', async ({
      db,
    }) => {
      const undone = db.transaction().execute(async (trx) => {
        await sql`alter role message_store rename to message_store_elsewhere`.execute(trx)
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        const report = await verify(trx)
        expect(report).toMatchObject({
          ok: true,
          conditions: true,
          messageStoreRole: { exists: false, isMember: false },
          findings: [{ code: 'role-missing', severity: 'notice' }],
        })
        const { command = '' } = report.findings[0] ?? {}
        for (const statement of splitStatements(command)) {
          await sql.raw(statement).execute(trx)
        }
        expect((await verify(trx)).findings).toEqual([])
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
    })
  })
}

/** Every way to break it: on one backend, for each needs a store of its own. */
export function breakagesContract(test: MessageStoreTest): void {
  describe('verify', () => {
    test.for(BREAKAGES)(
      'finds $how, and its commands repair it',
      async ({ sql: breakage, codes, found }, { db }) => {
        const before = await fingerprint(db)
        for (const statement of splitStatements(breakage)) await sql.raw(statement).execute(db)
        const report = await verify(db)
        expect(report.ok).toBe(false)
        expect(codesOf(report.findings)).toEqual(codes)
        for (const finding of errorsOf(report.findings)) {
          expect(finding.found).toMatch(found)
          expect(finding.expected).not.toBe('')
        }

        await obey(db)
        expect(await verify(db)).toMatchObject({ ok: true, version: '1.3.0' })
        // Grants do not come back with what was dropped, and added columns stay.
        const ungranted = (lines: string[]) => lines.filter((line) => !/^grant| tenant /.test(line))
        expect(ungranted(await fingerprint(db))).toEqual(ungranted(before))
      },
    )
  })
}
