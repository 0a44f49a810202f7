import { type Kysely, type RawBuilder, sql } from 'kysely'

/** What was made of table `messages` besides its columns and indexes. */
export interface TableFacts {
  /** Whether a crash of the server empties it. */
  readonly unlogged: boolean
  readonly rowSecurity: boolean
  readonly forcedRowSecurity: boolean
  /** How the sequence of its global positions counts; `undefined` when there is none. */
  readonly sequence: string | undefined
  readonly additions: readonly TableAddition[]
}

/** What acts on the table's writes, and Message DB has none of. */
export interface TableAddition {
  readonly kind: 'trigger' | 'rule' | 'constraint'
  readonly name: string
  readonly definition: string
  /** Whether it can change a message, keep it from the table, or refuse it. */
  readonly intervenes: boolean
}

/** Reads them; `undefined` where there is no table. */
export async function readTableFacts<DB>(db: Kysely<DB>): Promise<TableFacts | undefined> {
  const { rows } = await TABLE.execute(db)
  const [table] = rows
  if (table === undefined) return undefined
  const { rows: additions } = await ADDITIONS.execute(db)
  return { ...table, sequence: table.sequence ?? undefined, additions }
}

type TableRow = Omit<TableFacts, 'sequence' | 'additions'> & { readonly sequence: string | null }

// By the catalog's rows: to_regclass asks for the right to use the schema.
const MESSAGES = sql`(select oid from pg_class
  where relnamespace = to_regnamespace('message_store') and relname = 'messages')`

const TABLE: RawBuilder<TableRow> = sql`
  select relpersistence = 'u' as unlogged, relrowsecurity as "rowSecurity",
    relforcerowsecurity as "forcedRowSecurity",
    (select concat('increment ', seqincrement, ' cache ', seqcache,
        case when seqcycle then ' cycle' else ' no cycle' end)
      from pg_sequence join pg_class s on s.oid = seqrelid
      where s.relnamespace = to_regnamespace('message_store')
        and s.relname = 'messages_global_position_seq') as sequence
  from pg_class
  where oid = ${MESSAGES} and relkind in ('r', 'p')`

// A trigger's type has a bit for each of row (1), before (2) and insert (4); one that is disabled,
// or for a replica, does not fire. NOT NULL, a constraint too since PostgreSQL 18, is the columns'.
const ADDITIONS: RawBuilder<TableAddition> = sql`
  select 'trigger' as kind, tgname::text as name, pg_get_triggerdef(oid) as definition,
    tgtype & 7 = 7 as intervenes
  from pg_trigger where tgrelid = ${MESSAGES} and not tgisinternal and tgenabled in ('O', 'A')
  union all
  select 'rule', rulename::text, pg_get_ruledef(oid), ev_type = '3' and is_instead
  from pg_rewrite where ev_class = ${MESSAGES} and ev_enabled in ('O', 'A')
  union all
  select 'constraint', conname::text, pg_get_constraintdef(oid), true
  from pg_constraint where conrelid = ${MESSAGES} and contype in ('c', 'f', 'x')
  order by kind, name`
