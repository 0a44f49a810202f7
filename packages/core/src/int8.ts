/**
 * A PostgreSQL `bigint` as drivers hand it over: a string from `pg` and postgres.js, a number or a
 * bigint from PGlite. Rows of `@mdb/core/functions` and of your own queries carry it as the driver
 * gives it; {@link toBigInt} makes it one thing.
 */
export type Int8 = bigint | number | string

/**
 * Makes a bigint of a PostgreSQL `bigint`, whatever the driver gave.
 *
 * @example
 * ```ts
 * import { toBigInt } from '@mdb/core'
 *
 * console.log(toBigInt('9007199254740993') === 9007199254740993n)
 * ```
 *
 * @throws SyntaxError when the text is not an integer.
 */
export function toBigInt(value: Int8): bigint {
  return BigInt(value)
}
