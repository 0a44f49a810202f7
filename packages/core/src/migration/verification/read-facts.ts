import { type Kysely, type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'
import {
  type ConsumerGroupIndex,
  findConsumerGroupIndexes,
} from '../find-consumer-group-indexes.ts'
import { cardinalIdPath } from '../cardinal-id-path.ts'
import { OFFICIAL_FUNCTIONS, OFFICIAL_VIEWS } from '../official-sql.ts'
import { readTableFacts, type TableFacts } from './table-facts.ts'

/** What a database says about the Message DB in it, and about the role that asks. */
export interface Facts {
  readonly surroundings: Surroundings
  readonly functions: readonly FoundFunction[]
  readonly columns: readonly FoundColumn[]
  /** `undefined` where there is no table. */
  readonly table: TableFacts | undefined
  readonly indexes: readonly FoundIndex[]
  readonly relations: readonly FoundRelation[]
  readonly consumerGroupIndexes: readonly ConsumerGroupIndex[]
  readonly cardinalIdPath: string | undefined
}

/** What is around Message DB. */
export interface Surroundings {
  readonly serverVersion: number
  readonly database: string
  /** The current role. */
  readonly role: string
  readonly schemaExists: boolean
  readonly mayUseSchema: boolean
  readonly roleExists: boolean
  readonly roleIsMember: boolean
  readonly pgcrypto: boolean
  readonly sqlCondition: string | null
}

export interface FoundFunction {
  readonly name: string
  readonly arguments: string
  readonly types: string
  readonly result: string
  readonly body: string
  readonly language: string
  readonly volatility: string
  readonly securityDefiner: boolean
  readonly strict: boolean
  /** What it sets for itself, as `search_path=message_store, pg_temp`. */
  readonly settings: readonly string[]
  readonly mayExecute: boolean
}

/** A column of the table, of a view, or of type `message`. */
export interface FoundColumn {
  readonly relation: string
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly default: string | null
  /** The sequence that the default takes its number from, with its schema. */
  readonly sequence: string | null
  readonly identity: boolean
}

export interface FoundIndex {
  readonly name: string
  readonly definition: string
  readonly primary: boolean
  /** Whether it is a constraint's. */
  readonly constraint: boolean
  readonly valid: boolean
}

export interface FoundRelation {
  readonly name: string
  readonly kind: 'table' | 'view' | 'type' | 'sequence'
  /** What a view selects. */
  readonly definition: string | null
  readonly maySelect: boolean
  readonly mayInsert: boolean
  readonly mayUse: boolean
}

/** Reads all that {@link verify} judges. It reads only the catalog, which any role may. */
export async function readFacts<DB>(withPlugins: Kysely<DB>): Promise<Facts> {
  const db = withPlugins.withoutPlugins()
  const [surroundings] = await readRows<Surroundings>(db, SURROUNDINGS)
  if (surroundings === undefined) throw new Error('The server did not say who is connected.')
  return {
    surroundings,
    functions: await readRows<FoundFunction>(db, FUNCTIONS),
    columns: await readRows<FoundColumn>(db, COLUMNS),
    table: await readTableFacts(db),
    indexes: await readRows<FoundIndex>(db, INDEXES),
    relations: await readRows<FoundRelation>(db, RELATIONS),
    consumerGroupIndexes: await findConsumerGroupIndexes(db),
    cardinalIdPath: await cardinalIdPath(db),
  }
}

async function readRows<Row>(
  db: QueryExecutorProvider,
  query: RawBuilder<unknown>,
): Promise<readonly Row[]> {
  const { rows } = await query.execute(db)
  return rows as readonly Row[]
}

const SURROUNDINGS = sql`
  select current_setting('server_version_num')::int as "serverVersion",
    current_database()::text as database, current_user::text as role,
    n.oid is not null as "schemaExists",
    coalesce(has_schema_privilege(n.oid, 'usage'), false) as "mayUseSchema",
    r.oid is not null as "roleExists", coalesce(pg_has_role(r.oid, 'usage'), false) as "roleIsMember",
    exists (select from pg_extension where extname = 'pgcrypto') as pgcrypto,
    current_setting('message_store.sql_condition', true) as "sqlCondition"
  from (select) as one
  left join pg_namespace n on n.nspname = 'message_store'
  left join pg_roles r on r.rolname = 'message_store'`

const FUNCTIONS = sql`
  select p.proname::text as name, pg_get_function_arguments(p.oid) as arguments,
    coalesce((select string_agg(format_type(t.type, null), ',' order by t.place)
      from unnest(p.proargtypes) with ordinality as t (type, place)), '') as types,
    pg_get_function_result(p.oid) as result, p.prosrc as body, l.lanname::text as language,
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
      as volatility,
    p.prosecdef as "securityDefiner", p.proisstrict as strict,
    coalesce(p.proconfig, '{}') as settings,
    has_function_privilege(p.oid, 'execute') as "mayExecute"
  from pg_proc p join pg_language l on l.oid = p.prolang
  where p.pronamespace = to_regnamespace('message_store')
    and p.proname in (${sql.join(OFFICIAL_FUNCTIONS)})
  order by p.proname, types`

const COLUMNS = sql`
  select c.relname::text as relation, a.attname::text as name,
    format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
    pg_get_expr(d.adbin, d.adrelid) as default,
    (select max(s.relnamespace::regnamespace || '.' || s.relname) from pg_depend p
      join pg_class s on s.oid = p.refobjid and s.relkind = 'S'
      where p.classid = 'pg_attrdef'::regclass and p.objid = d.oid
        and p.refclassid = 'pg_class'::regclass) as sequence,
    a.attidentity <> '' as identity
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = to_regnamespace('message_store') and c.relkind in ('r', 'p', 'v', 'c')
    and c.relname in ('messages', 'message', ${sql.join(OFFICIAL_VIEWS)})
  order by c.relname, a.attnum`

const INDEXES = sql`
  select c.relname::text as name, pg_get_indexdef(c.oid) as definition, i.indisprimary as primary,
    exists (select from pg_constraint where conindid = c.oid and conrelid = t.oid) as constraint,
    i.indisvalid and i.indisready as valid
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_class t on t.oid = i.indrelid
  where t.relnamespace = to_regnamespace('message_store') and t.relname = 'messages'
  order by c.relname`

// A sequence is a relation too; what asks for a table's rights refuses one that is a type.
const RELATIONS = sql`
  select relname::text as name,
    case relkind when 'v' then 'view' when 'c' then 'type' when 'S' then 'sequence' else 'table' end
      as kind,
    case relkind when 'v' then pg_get_viewdef(oid) end as definition,
    relkind <> 'c' and has_table_privilege(oid, 'select') as "maySelect",
    relkind in ('r', 'p') and has_table_privilege(oid, 'insert') as "mayInsert",
    relkind = 'S' and has_sequence_privilege(
      case relkind when 'S' then oid end, 'usage, update') as "mayUse"
  from pg_class
  where relnamespace = to_regnamespace('message_store') and relkind in ('r', 'p', 'v', 'c', 'S')
  order by relname`
