/** Which names in a query are Message DB's. */
export interface NameScope {
  readonly schema: string
  /** Whether it is only those behind the schema's: bare ones are then of somebody else. */
  readonly namesSchema: boolean
  /** Whether others write in the query too, and may call a function with what it does not take. */
  readonly isShared: boolean
}

const RELATIONS = 'messages|messages_global_position_seq'
const FUNCTIONS = [
  'acquire_lock|cardinal_id|category|get_category_messages|get_last_stream_message',
  'get_stream_messages|hash_64|id|is_category|message_store_version|stream_version|write_message',
].join('|')

const MISSING_RELATION = new RegExp(`^(?:${RELATIONS})(?![\\w.])`)
const MISSING_FUNCTION = new RegExp(`^(?:${FUNCTIONS})\\((.*)\\)`)
/** What the toolkit calls them with: parameters by name, one text, or nothing. */
const OWN_ARGUMENTS = / => |^(?:text|character varying)?$/

/**
 * Whether a function or table that the server did not find (SQLSTATE `42883`, `42P01`) is a part of
 * Message DB, and not something of that name elsewhere, or called in another way.
 */
export function isMissingPart(message: string, scope: NameScope): boolean {
  // A table that is there, but not in this query.
  if (/\bFROM\b/.test(message)) return false
  return names(message, scope).some((name) => {
    if (MISSING_RELATION.test(name)) return true
    const [, given] = MISSING_FUNCTION.exec(name) ?? []
    return given !== undefined && (!scope.isShared || OWN_ARGUMENTS.test(given))
  })
}

/** The text from each name on that may be Message DB's. In whatever language the server speaks. */
function names(message: string, { schema, namesSchema }: NameScope): string[] {
  const found: string[] = []
  for (const { index } of message.matchAll(/(?<![\w.])\w/g)) {
    const rest = message.slice(index)
    if (rest.startsWith(`${schema}.`)) found.push(rest.slice(schema.length + 1))
    else if (!namesSchema) found.push(rest)
  }
  return found
}
