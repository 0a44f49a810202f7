import { OFFICIAL_VIEWS } from '../official-sql.ts'
import { type Finding, squeeze } from './finding.ts'
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

/** Compares the summary views: their columns, and what they select. */
export function checkViews(facts: Facts, viewSql: (name: string) => string): Finding[] {
  return OFFICIAL_VIEWS.flatMap((name): Finding[] => {
    const found = shapeOf(facts, name)
    const expected = SHAPES[name] ?? ''
    const subject = `view ${name}`
    const official = viewSql(name)
    if (found === '') {
      const code = 'view-missing'
      return [{ code, severity: 'error', subject, found: 'nothing', expected, command: official }]
    }
    const code = 'view-changed'
    if (found !== expected) {
      const command = `DROP VIEW message_store.${name};\n${official}`
      return [{ code, severity: 'error', subject, found, expected, command }]
    }
    const definition = facts.relations.find((one) => one.name === name)?.definition ?? ''
    if (bareSelect(definition) === bareSelect(official)) return []
    return [
      {
        code,
        severity: 'error',
        subject,
        found: squeeze(definition),
        expected: 'the definition in the official SQL of Message DB',
        command: official,
      },
    ]
  })
}

/**
 * What a view selects, from either the official file or the server, which adds casts, brackets and
 * the names of tables, and writes an expression where the file groups by its name.
 */
function bareSelect(text: string): string {
  return text
    .toLowerCase()
    .replace(/^.*?(?=\bwith\b|\bselect\b)/s, '')
    .replaceAll(/::(?:character varying|\w+)|\b\w+\.|[\s();"]/g, '')
    .replaceAll(/(groupby|groupbytype,)category(?!stream_name)/g, '$1categorystream_name')
}

function shapeOf({ columns }: Facts, name: string): string {
  return columns
    .filter(({ relation }) => relation === name)
    .map((column) => `${column.name} ${column.type}`)
    .join(', ')
}
