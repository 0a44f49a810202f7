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
    how: 'a function that answers NULL to an argument that is NULL, as most calls have one',
    sql: `alter function message_store.get_category_messages(varchar, bigint, bigint, varchar,
      bigint, bigint, varchar) strict`,
    codes: ['function-changed: function get_category_messages'],
    found: /^strict/,
  },
  {
    how: 'functions with settings of their own',
    sql: `alter function message_store.write_message set search_path = public, message_store;
      alter function message_store.stream_version set enable_indexscan = off;
      alter function message_store.cardinal_id set search_path = public`,
    codes: [
      'function-changed: function cardinal_id',
      'function-changed: function stream_version',
      'function-changed: function write_message',
    ],
    found: /^set (?:search_path=public(?:, message_store)?|enable_indexscan=off)$/,
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
    how: 'indexes of others that refuse messages',
    sql: `create unique index "One A" on message_store.messages (type, stream_name);
      alter table message_store.messages add constraint one_time unique (stream_name, time)`,
    codes: ['index-unexpected: index One A', 'index-unexpected: index one_time'],
    found: /CREATE UNIQUE INDEX/,
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
    how: 'a view that selects something else into the same columns',
    sql: `create or replace view message_store.type_summary as
      select type, 0::bigint as message_count, 0::decimal as percent
      from message_store.messages limit 0`,
    codes: ['view-changed: view type_summary'],
    found: /LIMIT 0/,
  },
  {
    how: 'a view of fewer messages',
    sql: `create or replace view message_store.category_type_summary as
      with type_count as (
        select message_store.category(stream_name) as category, type, count(id) as message_count
        from message_store.messages where type <> 'A' group by category, type),
      total_count as (select count(id)::decimal as total_count from message_store.messages)
      select category, type, message_count,
        round((message_count / total_count)::decimal * 100, 2) as percent
      from type_count, total_count order by category, type`,
    codes: ['view-changed: view category_type_summary'],
    found: /WHERE/,
  },
  {
    how: 'a trigger that keeps messages from the table',
    sql: `create function public.swallow() returns trigger language plpgsql
        as $$ begin return null; end $$;
      create trigger "Swallow" before insert on message_store.messages
        for each row execute procedure public.swallow()`,
    codes: ['table-changed: table messages'],
    found: /^trigger Swallow: CREATE TRIGGER "Swallow" BEFORE INSERT/,
  },
  {
    how: 'a rule that does something else instead of writing',
    sql: 'create rule nothing as on insert to message_store.messages do instead nothing',
    codes: ['table-changed: table messages'],
    found: /^rule nothing: .*DO INSTEAD NOTHING/,
  },
  {
    how: 'constraints that refuse messages',
    sql: `alter table message_store.messages add constraint no_a check (type <> 'A') not valid;
      create table public.types (type text primary key);
      alter table message_store.messages add constraint known_type
        foreign key (type) references public.types`,
    codes: ['table-changed: table messages', 'table-changed: table messages'],
    found: /^constraint (?:no_a: CHECK|known_type: FOREIGN KEY)/,
  },
  {
    how: 'row level security',
    sql: 'alter table message_store.messages enable row level security',
    codes: ['table-changed: table messages'],
    found: /^row level security on: .* but the owner$/,
  },
  {
    how: 'row level security of the owner too',
    sql: `alter table message_store.messages enable row level security;
      alter table message_store.messages force row level security`,
    codes: ['table-changed: table messages'],
    found: /^row level security on: .* the owner too$/,
  },
  {
    how: 'a table that a crash empties',
    sql: 'alter table message_store.messages set unlogged',
    codes: ['table-changed: table messages'],
    found: /^an unlogged table/,
  },
  {
    how: 'global positions from another sequence',
    sql: `create sequence public.messages_global_position_seq;
      alter table message_store.messages alter global_position
        set default nextval('public.messages_global_position_seq')`,
    codes: ['column-changed: column global_position'],
    found: /nextval/,
  },
  {
    how: 'global positions from whatever sequence the search_path has, and other than it counts',
    sql: `alter table message_store.messages alter global_position
      set default -nextval('message_store.messages_global_position_seq'::text)`,
    codes: ['column-changed: column global_position'],
    found: /nextval/,
  },
  {
    how: 'global positions that each session takes ahead',
    sql: 'alter sequence message_store.messages_global_position_seq cache 50',
    codes: ['table-changed: sequence messages_global_position_seq'],
    found: /^increment 1 cache 50 no cycle/,
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

    test('leaves alone what only hears of messages, and notices it', async ({ db }) => {
      for (const statement of [
        `create function public.hear() returns trigger language plpgsql
          as $$ begin perform pg_notify('written', ''); return null; end $$`,
        ...['after', 'before'].map(
          (when) => `create trigger ${when} ${when} insert on message_store.messages
            for each statement execute procedure public.hear()`,
        ),
        `create trigger off before insert on message_store.messages
          for each row execute procedure public.hear()`,
        'alter table message_store.messages disable trigger off',
        'alter table message_store.messages force row level security',
      ]) {
        await sql.raw(statement).execute(db)
      }
      const { ok, findings } = await verify(db)
      expect(ok).toBe(true)
      const heard = findings.filter(({ code }) => code === 'table-changed')
      expect(heard.map(({ severity, found }) => `${severity}: ${found.slice(0, 22)}`)).toEqual([
        'notice: row level security off',
        'notice: trigger after: CREATE ',
        'notice: trigger before: CREATE',
      ])
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
