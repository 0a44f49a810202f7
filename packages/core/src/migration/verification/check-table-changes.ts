import { quoteName } from '../../quote-name.ts'
import { type Finding, squeeze } from './finding.ts'
import type { TableAddition, TableFacts } from './table-facts.ts'

const SEQUENCE = 'increment 1 cache 1 no cycle'

/** Finds what makes table `messages` lose, hide or refuse messages, whatever its columns are. */
export function checkTableChanges(table: TableFacts | undefined): Finding[] {
  if (table === undefined) return []
  return [...persistence(table), ...rowSecurity(table), ...sequence(table)].concat(
    table.additions.map(addition),
  )
}

function persistence({ unlogged }: TableFacts): Finding[] {
  if (!unlogged) return []
  return [
    {
      ...CHANGED,
      found: 'an unlogged table: a crash of the server empties it, and no standby has it',
      expected: 'a logged table',
      command: 'ALTER TABLE message_store.messages SET LOGGED;',
    },
  ]
}

function rowSecurity({ rowSecurity: on, forcedRowSecurity: forced }: TableFacts): Finding[] {
  if (!on && !forced) return []
  const whom = forced ? 'every role, the owner too' : 'every role but the owner'
  return [
    {
      ...CHANGED,
      // Forced alone it hides nothing until it is switched on.
      severity: on ? 'error' : 'notice',
      found: `row level security ${on ? 'on' : 'off, but forced'}: hides messages from ${whom}`,
      expected: 'no row level security',
      command:
        'ALTER TABLE message_store.messages DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;',
    },
  ]
}

function sequence({ sequence: found }: TableFacts): Finding[] {
  if (found === undefined || found === SEQUENCE) return []
  return [
    {
      ...CHANGED,
      subject: 'sequence messages_global_position_seq',
      found: `${found}: readers miss messages whose positions are not in the order of the commits`,
      expected: SEQUENCE,
      command: `ALTER SEQUENCE message_store.messages_global_position_seq ${SEQUENCE.toUpperCase()};`,
    },
  ]
}

function addition({ kind, name, definition, intervenes }: TableAddition): Finding {
  const what = `${kind.toUpperCase()} ${quoteName(name)}`
  return {
    ...CHANGED,
    severity: intervenes ? 'error' : 'notice',
    found: `${kind} ${name}: ${squeeze(definition)}`,
    expected: `no ${kind} of others`,
    command: `ALTER TABLE message_store.messages ${kind === 'constraint' ? 'DROP' : 'DISABLE'} ${what};`,
  }
}

const CHANGED = {
  code: 'table-changed',
  severity: 'error',
  subject: 'table messages',
} as const
