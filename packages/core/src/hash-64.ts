import { createHash } from 'node:crypto'

/**
 * Hashes a text to 64 bits as Message DB does: the first 16 hexadecimal digits of its md5, as a
 * signed integer. A consumer group's member is `|hash64(cardinalId)| mod size`.
 *
 * @example
 * ```ts
 * import { cardinalId, hash64 } from '@mdb/core'
 *
 * const hash = hash64(cardinalId('airport-SEA') ?? '')
 * const member = (hash < 0n ? -hash : hash) % 4n
 * console.log(hash, member)
 * ```
 *
 * Stands on `hash_64`, and agrees with it.
 */
export function hash64(value: string): bigint {
  return createHash('md5').update(value, 'utf8').digest().readBigInt64BE(0)
}
