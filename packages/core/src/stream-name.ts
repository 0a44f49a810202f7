import { InvalidStreamNameError, NotACategoryError } from './errors.ts'

const ID_SEPARATOR = '-'
const COMPOUND_ID_SEPARATOR = '+'

/**
 * Builds a stream name of a category and an id, or of several: the first is the cardinal id.
 *
 * @example
 * ```ts
 * import { streamName } from '@mdb/core'
 *
 * console.log(streamName('airport', 'SEA')) // airport-SEA
 * console.log(streamName('flight', ['SEA', 'JFK'])) // flight-SEA+JFK
 * ```
 *
 * @throws {NotACategoryError} when the category holds a hyphen.
 * @throws {InvalidStreamNameError} when the category is empty, or an id is missing or empty.
 */
export function streamName(category: string, id: string | readonly [string, ...string[]]): string {
  if (category.includes(ID_SEPARATOR)) throw new NotACategoryError(category)
  const ids = typeof id === 'string' ? [id] : id
  const name = category + ID_SEPARATOR + ids.join(COMPOUND_ID_SEPARATOR)
  if (category === '') throw new InvalidStreamNameError(name, 'has no category.')
  if (ids.length === 0 || ids.some((part) => part === '')) {
    throw new InvalidStreamNameError(
      name,
      'has an empty id. Expected at least one, none of them empty.',
    )
  }
  return name
}

/**
 * Takes the category from a stream name: all before the first hyphen.
 *
 * @example
 * ```ts
 * import { category } from '@mdb/core'
 *
 * console.log(category('airport:command-SEA')) // airport:command
 * ```
 *
 * Stands on `category`, and agrees with it.
 */
export function category(streamName: string): string {
  const separator = streamName.indexOf(ID_SEPARATOR)
  return separator === -1 ? streamName : streamName.slice(0, separator)
}

/**
 * Takes the id from a stream name: all after the first hyphen, `undefined` without one.
 *
 * @example
 * ```ts
 * import { id } from '@mdb/core'
 *
 * console.log(id('flight-SEA+JFK')) // SEA+JFK
 * console.log(id('flight')) // undefined
 * ```
 *
 * Stands on `id`, and agrees with it.
 */
export function id(streamName: string): string | undefined {
  const separator = streamName.indexOf(ID_SEPARATOR)
  return separator === -1 ? undefined : streamName.slice(separator + 1)
}

/**
 * Takes the cardinal id from a stream name: its id up to the first plus sign, `undefined` without
 * an id. It decides which member of a consumer group reads the stream.
 *
 * @example
 * ```ts
 * import { cardinalId } from '@mdb/core'
 *
 * console.log(cardinalId('flight-SEA+JFK')) // SEA
 * ```
 *
 * Stands on `cardinal_id`, and agrees with it.
 */
export function cardinalId(streamName: string): string | undefined {
  return id(streamName)?.split(COMPOUND_ID_SEPARATOR, 1)[0]
}

/**
 * Whether a name is a category: whether it has no hyphen.
 *
 * @example
 * ```ts
 * import { isCategory } from '@mdb/core'
 *
 * console.log(isCategory('airport'), isCategory('airport-SEA')) // true false
 * ```
 *
 * Stands on `is_category`, and agrees with it.
 */
export function isCategory(name: string): boolean {
  return !name.includes(ID_SEPARATOR)
}
