import { OFFICIAL_FILES, readOfficialFile } from '../official-sql.ts'

/** A function as the official SQL defines it. */
export interface OfficialFunction {
  readonly name: string
  /** Each `name type`, or `name type default value`, in PostgreSQL's own words. */
  readonly arguments: readonly string[]
  /** The types of its arguments, as `character varying,bigint`. */
  readonly types: string
  readonly result: string
  readonly body: string
  readonly language: string
  readonly volatility: string
  /** The statement that makes it. */
  readonly sql: string
}

const DEFINITION =
  /CREATE OR REPLACE FUNCTION message_store\.(\w+)\(([^)]*)\)\s*RETURNS (.+?)\s*AS \$\$(.*?)\$\$ LANGUAGE (\w+)\s+(\w+);/s

/** Reads the definitions of all functions out of the official files. */
export async function readOfficialFunctions(): Promise<OfficialFunction[]> {
  const files = OFFICIAL_FILES.store.filter((file) => file.startsWith('functions/'))
  return Promise.all(files.map(async (file) => parseFunction(await readOfficialFile(file))))
}

/** @throws Error when the text is not the definition of one function. */
export function parseFunction(text: string): OfficialFunction {
  const match = DEFINITION.exec(text)
  if (match === null) throw new Error(`No function is defined in: ${text.slice(0, 80)}`)
  const [sql, name = '', list = '', result = '', body = '', language = '', volatility = ''] = match
  const parts = splitArguments(list)
  return {
    name,
    arguments: parts,
    types: parts.map((part) => part.replace(/ default .*/, '').replace(/^\S+ /, '')).join(','),
    result: plainType(result),
    body,
    language,
    volatility: volatility.toLowerCase(),
    sql,
  }
}

/** The arguments of a function, from either the official file or `pg_get_function_arguments`. */
export function splitArguments(list: string): string[] {
  return list
    .split(',')
    .map((part) => plainType(part.replaceAll('"', '').replaceAll(/::[a-z ]+/g, '')))
    .filter((part) => part !== '')
}

/** A type's name as PostgreSQL writes it, without schema. */
export function plainType(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('message_store.', '')
    .replaceAll(/\bvarchar\b/g, 'character varying')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
