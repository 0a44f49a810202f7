import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { errorMessage } from '../error-code.ts'
import { StoreFileError } from './errors.ts'
import { parseMessage } from './parse-message.ts'

// A line of JSON each: a header, the messages, a footer that says how many there were.
const HEADER = { format: 'mdb message store', version: 1 }

interface Footer {
  readonly messages: number
}

/** The line of the first message. */
export const FIRST_LINE = 2

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
 * @throws {StoreFileError} at a line that is no message, or at its end when it is not whole.
 */
export async function* readStoreFile(file: string): AsyncGenerator<StoredMessage, void> {
  let count = -1
  let total: number | undefined
  try {
    for await (const text of linesOf(file)) {
      if (count === -1) {
        if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(HEADER)) break
      } else {
        const value = parseLine(text, count + FIRST_LINE)
        if ('messages' in value) {
          total = value.messages
          break
        }
        yield value
      }
      count += 1
    }
  } catch (error) {
    throw new StoreFileError(file, errorMessage(error), { cause: error })
  }
  if (count === -1) throw new StoreFileError(file, 'it was not written by recordStore')
  if (total !== count) throw new StoreFileError(file, `it ends after ${count} messages`)
}

function parseLine(text: string, line: number): StoredMessage | Footer {
  try {
    const value: unknown = JSON.parse(text)
    return isFooter(value) ? value : parseMessage(value)
  } catch (error) {
    throw new Error(`line ${line}: ${errorMessage(error)}`, { cause: error })
  }
}

function isFooter(value: unknown): value is Footer {
  return typeof value === 'object' && value !== null && 'messages' in value
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
