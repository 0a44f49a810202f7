import type { CallOptions } from '../call-options.ts'
import { type ExpectedVersion, toServerVersion } from '../expected-version.ts'
import type { NewMessage, StreamMessage, WriteResult } from '../message.ts'
import type { Session } from '../session.ts'
import { checkStreamName } from '../validate-message.ts'
import { type BatchMessage, type IdempotentOptions, toBatch } from './batch.ts'
import { checkExpectations } from './expectations.ts'
import { idempotently } from './idempotently.ts'
import { locateError, locateInStream } from './locate-error.ts'
import { type Positions, writeToStream, writeToStreams } from './write-steps.ts'

/** Writes messages to one stream, all or none. */
export async function writeStreamBatch(
  session: Session,
  streamName: string,
  messages: readonly NewMessage[],
  options: CallOptions &
    IdempotentOptions & { readonly expectedVersion?: ExpectedVersion | undefined },
): Promise<WriteResult[]> {
  const { expectedVersion = 'any' } = options
  checkStreamName(streamName)
  toServerVersion(expectedVersion)
  const batch = toBatch(
    messages.map((message) => ({ streamName, message })),
    { ...options, json: session.target.json },
  )
  const positions = writeToStream(streamName, batch, expectedVersion, session.target)
  return writeBatch(session, batch, positions, {
    ...options,
    explain: (error) => locateInStream(error, { streamName, expectedVersion, batch }),
  })
}

/** Writes messages to any streams, all or none. */
export async function writeEntries(
  session: Session,
  entries: readonly StreamMessage[],
  options: CallOptions & IdempotentOptions,
): Promise<WriteResult[]> {
  const batch = toBatch(entries, { ...options, json: session.target.json })
  checkExpectations(batch)
  return writeBatch(session, batch, writeToStreams(batch, session.target), {
    ...options,
    explain: (error) => locateError(error, batch),
  })
}

interface SendOptions extends CallOptions, IdempotentOptions {
  /** Makes the error of the batch out of the server's. */
  readonly explain: (error: unknown) => unknown
}

async function writeBatch(
  session: Session,
  batch: readonly BatchMessage[],
  positions: Positions,
  options: SendOptions,
): Promise<WriteResult[]> {
  if (batch.length === 0) return []
  const send = async (): Promise<WriteResult[]> => {
    try {
      return toResults(batch, (await session.readValue(positions, options)) as string)
    } catch (error) {
      throw options.explain(error)
    }
  }
  return options.idempotent === true ? idempotently(session, batch, send, options) : send()
}

// An array of bigint is the same text on every driver.
function toResults(batch: readonly BatchMessage[], array: string): WriteResult[] {
  const positions = array.slice(1, -1).split(',')
  return batch.map(({ id, streamName }, index) => ({
    id,
    streamName,
    position: BigInt(positions[index] as string),
  }))
}
