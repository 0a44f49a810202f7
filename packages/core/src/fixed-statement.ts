import { type RawBuilder, sql } from 'kysely'

export const MARK = '/* @mdb fixed */'
const ROWS_MARK = '/* @mdb fixed rows */'

/**
 * Begins each statement whose text is the same at every call, where only its parameters differ. A
 * driver's adapter that sees no more than the text knows by it that the statement is worth a name.
 */
export const fixed: RawBuilder<unknown> = sql.raw(MARK)

/** The same for one whose rows may come as arrays of texts, in the order of the columns. */
export const fixedRows: RawBuilder<unknown> = sql.raw(ROWS_MARK)

/** Whether a statement's text is the same at every call, and whether its rows may be arrays. */
export function fixedKind(text: string): 'value' | 'rows' | undefined {
  if (text.startsWith(MARK)) return 'value'
  return text.startsWith(ROWS_MARK) ? 'rows' : undefined
}
