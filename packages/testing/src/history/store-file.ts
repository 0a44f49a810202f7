import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { errorMessage } from '../error-code.ts'
import { StoreFileError } from './errors.ts'

// A line of JSON each: a header, the messages, a footer that says how many there were.
const HEADER = { format: 'mdb message store', version: 1 }

/** A message as the table has it: JSON as text, and time as text too, to the microsecond. */
export type StoredMessage = readonly [
  id: string,
  streamName: string,
  type: string,
  position: string,
  globalPosition: string,
  data: string | null,
  metadata: string | null,
  time: string,
]

/** Writes a file of messages; compressed, when its name ends in `.gz`. */
export async function writeStoreFile(
  file: string,
  messages: AsyncIterable<StoredMessage>,
): Promise<number> {
  let count = 0
  async function* lines(): AsyncGenerator<string> {
    yield `${JSON.stringify(HEADER)}\n`
    for await (const message of messages) {
      count += 1
      yield `${oneLine(message)}\n`
    }
    yield `${JSON.stringify({ messages: count })}\n`
  }
  const text = Readable.from(lines())
  const target = createWriteStream(file)
  await (isCompressed(file) ? pipeline(text, createGzip(), target) : pipeline(text, target))
  return count
}

/**
 * Reads a file of messages.
 *
 * @throws {StoreFileError} at its end when it is not whole.
 */
export async function* readStoreFile(file: string): AsyncGenerator<StoredMessage, void> {
  let count = -1
  let total: number | undefined
  try {
    for await (const line of linesOf(file)) {
      const value = JSON.parse(line) as unknown
      if (count === -1) {
        if (JSON.stringify(value) !== JSON.stringify(HEADER)) break
      } else if (Array.isArray(value)) {
        yield value as unknown as StoredMessage
      } else {
        total = (value as { readonly messages?: number }).messages
        break
      }
      count += 1
    }
  } catch (error) {
    throw new StoreFileError(file, errorMessage(error), { cause: error })
  }
  if (count === -1) throw new StoreFileError(file, 'it was not written by recordStore')
  if (total !== count) throw new StoreFileError(file, `it ends after ${count} messages`)
}

function linesOf(file: string): AsyncIterable<string> {
  const source = createReadStream(file)
  const input = isCompressed(file) ? source.pipe(createGunzip()) : source
  // A pipe does not carry errors on.
  source.on('error', (error) => input.destroy(error))
  return createInterface({ input, crlfDelay: Infinity })
}

function isCompressed(file: string): boolean {
  return file.endsWith('.gz')
}

// JSON lets these two stand as they are; a reader of lines takes them for the ends of some.
function oneLine(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
}
