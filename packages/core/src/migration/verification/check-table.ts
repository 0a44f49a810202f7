import type { Finding } from './finding.ts'
import type { Facts, FoundColumn } from './read-facts.ts'

interface OfficialColumn {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  /** As the official table has it, and as the server says it. */
  readonly default?: { readonly sql: string; readonly found: RegExp; readonly sequence?: string }
}

const COLUMNS: readonly OfficialColumn[] = [
  {
    name: 'global_position',
    type: 'bigint',
    notNull: true,
    default: {
      sql: `nextval('message_store.messages_global_position_seq')`,
      // The name is bare when the search_path of the session has it: the catalog knows which it is.
      found: /^nextval\('[^']+'::regclass\)$/,
      sequence: 'message_store.messages_global_position_seq',
    },
  },
  { name: 'position', type: 'bigint', notNull: true },
  {
    name: 'time',
    type: 'timestamp without time zone',
    notNull: true,
    default: { sql: `(now() AT TIME ZONE 'utc')`, found: /now\(\).*'utc'|'utc'.*now\(\)/i },
  },
  { name: 'stream_name', type: 'text', notNull: true },
  { name: 'type', type: 'text', notNull: true },
  { name: 'data', type: 'jsonb', notNull: false },
  { name: 'metadata', type: 'jsonb', notNull: false },
  {
    name: 'id',
    type: 'uuid',
    notNull: true,
    default: { sql: 'gen_random_uuid()', found: /gen_random_uuid\(\)$/ },
  },
]

/** Compares table `messages`; columns in another order, as older versions made them, are the same. */
export function checkTable({ relations, columns }: Facts, tableSql: string): Finding[] {
  if (!relations.some(({ name, kind }) => name === 'messages' && kind === 'table')) {
    return [
      {
        code: 'table-missing',
        severity: 'error',
        subject: 'table messages',
        found: 'nothing',
        expected: 'the table of all messages',
        command: tableSql,
      },
    ]
  }
  const found = columns.filter(({ relation }) => relation === 'messages')
  const expected = COLUMNS.flatMap((official) =>
    checkColumn(
      official,
      found.find(({ name }) => name === official.name),
    ),
  )
  return [...expected, ...found.flatMap(unexpected)]
}

function checkColumn(official: OfficialColumn, found: FoundColumn | undefined): Finding[] {
  const subject = `column ${official.name}`
  const expected = describe(official.type, official.notNull, official.default?.sql)
  if (found === undefined) {
    const command = `ALTER TABLE message_store.messages ADD COLUMN ${official.name} ${expected};`
    return [
      { code: 'column-missing', severity: 'error', subject, found: 'nothing', expected, command },
    ]
  }
  const steps = alterations(official, found)
  if (steps.length === 0) return []
  return [
    {
      code: 'column-changed',
      severity: 'error',
      subject,
      found: describe(found.type, found.notNull, found.default ?? undefined),
      expected,
      command: `ALTER TABLE message_store.messages ${steps
        .map((step) => `ALTER COLUMN ${official.name} ${step}`)
        .join(', ')};`,
    },
  ]
}

function alterations(official: OfficialColumn, found: FoundColumn): string[] {
  const steps = []
  if (found.type !== official.type) {
    steps.push(`TYPE ${official.type} USING ${official.name}::${official.type}`)
  }
  if (found.notNull !== official.notNull) {
    steps.push(official.notNull ? 'SET NOT NULL' : 'DROP NOT NULL')
  }
  const hasDefault =
    official.default === undefined ||
    found.identity ||
    (official.default.found.test(found.default ?? '') &&
      found.sequence === (official.default.sequence ?? null))
  if (!hasDefault) steps.push(`SET DEFAULT ${official.default?.sql}`)
  return steps
}

// Message DB does not fill it: without a default, no message could be written.
function unexpected(found: FoundColumn): Finding[] {
  const known = COLUMNS.some(({ name }) => name === found.name)
  if (known || !found.notNull || found.default !== null || found.identity) return []
  return [
    {
      code: 'column-unexpected',
      severity: 'error',
      subject: `column ${found.name}`,
      found: describe(found.type, true, undefined),
      expected: 'nothing, or a column that may be null or has a default',
      command: `ALTER TABLE message_store.messages ALTER COLUMN "${found.name}" DROP NOT NULL;`,
    },
  ]
}

function describe(type: string, notNull: boolean, value: string | undefined): string {
  return `${type}${notNull ? ' NOT NULL' : ''}${value === undefined ? '' : ` DEFAULT ${value}`}`
}
