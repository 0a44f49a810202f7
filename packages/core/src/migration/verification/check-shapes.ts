import { OFFICIAL_VIEWS } from '../official-sql.ts'
import type { Finding } from './finding.ts'
import type { Facts } from './read-facts.ts'

const SUMMARY = 'message_count bigint, percent numeric'
const SHAPES: Readonly<Record<string, string>> = {
  stream_summary: `stream_name text, ${SUMMARY}`,
  type_summary: `type text, ${SUMMARY}`,
  stream_type_summary: `stream_name text, type text, ${SUMMARY}`,
  type_stream_summary: `type text, stream_name text, ${SUMMARY}`,
  category_type_summary: `category character varying, type text, ${SUMMARY}`,
  type_category_summary: `type text, category character varying, ${SUMMARY}`,
}
const MESSAGE =
  'id character varying, stream_name character varying, type character varying, position bigint, global_position bigint, data character varying, metadata character varying, time timestamp without time zone'

/** Compares type `message`, which the reading functions return. */
export function checkType(facts: Facts, sql: { type: string; readers: string }): Finding[] {
  const found = shapeOf(facts, 'message')
  if (found === MESSAGE) return []
  const missing = found === ''
  return [
    {
      code: missing ? 'type-missing' : 'type-changed',
      severity: 'error',
      subject: 'type message',
      found: missing ? 'nothing' : found,
      expected: MESSAGE,
      // The official statement drops the functions that return the type.
      command: missing ? sql.type : `${sql.type}\n${sql.readers}`,
    },
  ]
}

/** Compares the columns of the summary views; what they count is not looked into. */
export function checkViews(facts: Facts, viewSql: (name: string) => string): Finding[] {
  return OFFICIAL_VIEWS.flatMap((name): Finding[] => {
    const found = shapeOf(facts, name)
    const expected = SHAPES[name] ?? ''
    if (found === expected) return []
    const missing = found === ''
    return [
      {
        code: missing ? 'view-missing' : 'view-changed',
        severity: 'error',
        subject: `view ${name}`,
        found: missing ? 'nothing' : found,
        expected,
        command: `${missing ? '' : `DROP VIEW message_store.${name};\n`}${viewSql(name)}`,
      },
    ]
  })
}

function shapeOf({ columns }: Facts, name: string): string {
  return columns
    .filter(({ relation }) => relation === name)
    .map((column) => `${column.name} ${column.type}`)
    .join(', ')
}
