import { checkJson, JsonError } from './check-json.ts'
import { InvalidMessageError } from './errors.ts'
import { type JsonCodec, plainJson } from './json-codec.ts'
import { mayHoldUnstorable, textProblem } from './text.ts'

/**
 * Serialises a value for a jsonb parameter; `undefined` becomes SQL NULL.
 *
 * @throws {InvalidMessageError} for what JSON, jsonb or the codec would lose or refuse, with its
 *   path.
 */
export function toJson(
  value: unknown,
  path: string,
  codec: JsonCodec | undefined = plainJson,
): string | null {
  if (value === undefined) return null
  try {
    return serialise(value, codec)
  } catch (error) {
    if (error instanceof JsonError) {
      const cause = error.cause === undefined ? {} : { cause: error.cause }
      throw new InvalidMessageError(path + error.path, error.problem, cause)
    }
    throw error
  }
}

/**
 * Makes JSON text that jsonb can hold.
 *
 * @throws {JsonError} also for what the codec throws, as its cause.
 */
export function serialise(value: unknown, codec: JsonCodec): string {
  const text = stringified(value, codec)
  if (typeof text !== 'string') throw new JsonError('', `became ${typeof text}, not JSON text.`)
  // It has looked at all that follows.
  if (codec === plainJson) return text
  const problem = textProblem(text)
  if (problem !== undefined) throw new JsonError('', `became JSON text that ${problem}`)
  if (mayHoldUnstorable(text)) checkJson(plainJson.parse(text), { bigints: false })
  return text
}

// A codec without types may return anything.
function stringified(value: unknown, codec: JsonCodec): unknown {
  try {
    return codec.stringify(value)
  } catch (error) {
    if (error instanceof JsonError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw new JsonError('', `was refused by the JSON codec: ${said}`, { cause: error })
  }
}
