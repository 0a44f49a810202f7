import type { StoredMessage } from './store-file.ts'

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isMatch = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value)
const isNumber = isMatch(/^-?\d{1,19}$/)

const COLUMNS: readonly (readonly [name: string, isValid: (value: unknown) => boolean])[] = [
  ['id', isMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i)],
  ['stream name', isText],
  ['type', isText],
  ['position', isNumber],
  ['global position', isNumber],
  ['data', isTextOrNull],
  ['metadata', isTextOrNull],
  ['time', isText],
]

/** A line's value as a message. Throws what is wrong with it; whether JSON is JSON, the server says. */
export function parseMessage(value: unknown): StoredMessage {
  if (!Array.isArray(value)) throw new TypeError('it is no message')
  const wrong = COLUMNS.find(([, isValid], index) => !isValid(value[index]))
  if (wrong !== undefined) throw new TypeError(`the message has no valid ${wrong[0]}`)
  if (value.length > COLUMNS.length) throw new TypeError('the message has too many fields')
  return value as unknown as StoredMessage
}
