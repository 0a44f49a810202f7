import { quoteName } from '../../quote-name.ts'
import type { Finding } from './finding.ts'
import type { FoundIndex } from './read-facts.ts'

interface OfficialIndex {
  readonly name: string
  readonly on: string
  readonly file: string | undefined
}

const INDEXES: readonly OfficialIndex[] = [
  { name: 'messages_pkey', on: 'UNIQUE global_position', file: undefined },
  { name: 'messages_id', on: 'UNIQUE id', file: 'indexes/messages-id.sql' },
  {
    name: 'messages_stream',
    on: 'UNIQUE stream_name,position',
    file: 'indexes/messages-stream.sql',
  },
  {
    name: 'messages_category',
    on: `categorystream_name,global_position,categorymetadata->>correlationStreamName`,
    file: 'indexes/messages-category.sql',
  },
]

/** Compares the indexes: there, on the same expressions, valid, under the official name, and no others unique. */
export function checkIndexes(
  found: readonly FoundIndex[],
  indexSql: (file: string) => string,
): Finding[] {
  const officials = INDEXES.flatMap((official) => {
    // The errors of a write are told apart by the names, but no call hangs on the primary key's.
    const named = found.find(({ name, primary }) =>
      official.file === undefined ? primary : name === official.name,
    )
    const command =
      official.file === undefined
        ? 'ALTER TABLE message_store.messages ADD PRIMARY KEY (global_position);'
        : indexSql(official.file)
    if (named === undefined) return [missing(official, found, command)]
    if (bare(named.definition) !== official.on) return [changed(official, named, command)]
    return named.valid ? [] : [invalid(named)]
  })
  return [...officials, ...found.filter(refusesMore).map(unexpected)]
}

// An index of others costs a write its time; one that is unique refuses messages too.
function refusesMore({ name, primary, definition }: FoundIndex): boolean {
  const on = bare(definition)
  const known = primary || INDEXES.some((official) => official.name === name || official.on === on)
  return !known && on.startsWith('UNIQUE ')
}

function unexpected({ name, definition, constraint }: FoundIndex): Finding {
  return {
    code: 'index-unexpected',
    severity: 'error',
    subject: `index ${name}`,
    found: definition,
    expected: 'no unique index of others',
    command: constraint
      ? `ALTER TABLE message_store.messages DROP CONSTRAINT ${quoteName(name)};`
      : `DROP INDEX message_store.${quoteName(name)};`,
  }
}

function missing(
  { name, on }: OfficialIndex,
  found: readonly FoundIndex[],
  command: string,
): Finding {
  const twin = found.find((one) => bare(one.definition) === on && one.valid)
  return {
    code: 'index-missing',
    severity: 'error',
    subject: `index ${name}`,
    found: twin === undefined ? 'nothing' : `the same index under the name ${twin.name}`,
    expected: `an index on ${on}`,
    command:
      twin === undefined ? command : `ALTER INDEX message_store."${twin.name}" RENAME TO ${name};`,
  }
}

function changed(official: OfficialIndex, { name, definition }: FoundIndex, sql: string): Finding {
  const drop = `ALTER TABLE message_store.messages DROP CONSTRAINT "${name}";\n`
  return {
    code: 'index-changed',
    severity: 'error',
    subject: `index ${official.name}`,
    found: definition,
    expected: `an index on ${official.on}`,
    command: official.file === undefined ? `${drop}${sql}` : sql,
  }
}

function invalid({ name }: FoundIndex): Finding {
  return {
    code: 'index-invalid',
    severity: 'error',
    subject: `index ${name}`,
    found: 'an index whose build failed: no read uses it',
    expected: 'a valid index',
    command: `REINDEX INDEX message_store."${name}";`,
  }
}

/** What an index is on, without casts, brackets and the schema's name. */
function bare(definition: string): string {
  const [, unique = '', on = ''] =
    /^CREATE (UNIQUE )?INDEX .*? USING btree (.*)$/s.exec(definition) ?? []
  return `${unique}${on.replaceAll(/message_store\.|::character varying|::text|[()\s'"]/g, '')}`
}
