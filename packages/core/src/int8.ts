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
 * @throws RangeError when it is a number beyond 2^53: whoever made a number of it has lost digits.
 */
export function toBigInt(value: Int8): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(
      `A bigint of PostgreSQL came as the number ${value}, which has lost digits: ` +
        'take the type parser for int8 away, or make it return a bigint or a string',
    )
  }
  return BigInt(value)
}
