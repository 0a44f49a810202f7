import { type MessageIssue, MessageRejectedError, type RejectionProblem } from '../errors.ts'
import type { JsonCodec } from '../json-codec.ts'
import { toJson } from '../json.ts'
import type { NewMessage } from '../message.ts'
import { writtenMetadata } from '../metadata.ts'
import { checkNewMessage } from '../validate-message.ts'
import { attempt } from './maybe-promise.ts'
import { checkMetadata, type Definition, failedIssue, unknownTypeIssue } from './parse-message.ts'
import { addVersion } from './schema-version.ts'
import { together, validate } from './validate.ts'

/**
 * Checks a message that is to be written, and adds the current schema version. What is checked is
 * what a reader will get: data and metadata after a round trip through JSON.
 *
 * @returns the message to write: the data as it was given, not as the schema makes it; the metadata
 *   too, without what Eventide leaves out.
 * @throws {MessageRejectedError} {@link InvalidMessageError} {@link InvalidMessageIdError}
 */
export async function checkTypedMessage(
  definition: Definition,
  streamName: string,
  message: NewMessage,
  codec: JsonCodec,
): Promise<NewMessage> {
  checkNewMessage(message)
  const { type } = message
  const rejected = (
    problem: RejectionProblem,
    issues: MessageIssue[],
    cause?: unknown,
  ): MessageRejectedError => {
    const options = cause === undefined ? {} : { cause }
    return new MessageRejectedError({ problem, streamName, type, issues }, options)
  }

  const known = definition.types.get(type)
  if (known === undefined) throw rejected('unknown type', [unknownTypeIssue(definition)])
  const versioned = addVersion(known, message.metadata)
  if ('problem' in versioned) {
    throw rejected('schema version', [
      { path: 'metadata.schemaVersion', message: versioned.problem },
    ])
  }

  const given = asRead(message.data, 'data', codec)
  const givenMetadata = asRead(versioned.metadata, 'metadata', codec)
  const { data, metadata } = await attempt(
    () =>
      together(
        validate(known.schema, given, 'data'),
        checkMetadata(definition.metadata, givenMetadata),
      ),
    (cause) => rejected('schema failed', [failedIssue(cause)], cause),
  )
  if (data.issues !== undefined || metadata.issues !== undefined) {
    throw rejected('invalid', [...(data.issues ?? []), ...(metadata.issues ?? [])])
  }
  return { ...message, metadata: writtenMetadata(versioned.metadata ?? {}) }
}

function asRead(value: unknown, path: string, codec: JsonCodec): unknown {
  const text = toJson(value, path, codec)
  return text === null ? undefined : codec.parse(text)
}
