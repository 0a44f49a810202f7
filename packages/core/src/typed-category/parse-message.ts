import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  InvalidMetadataError,
  type MessageIssue,
  UnreadableMessageError,
  type UnreadableProblem,
} from '../errors.ts'
import type { Message } from '../message.ts'
import { isObject, metadataOf, ownMetadata } from '../metadata.ts'
import { category } from '../stream-name.ts'
import type { TypedMessage } from './category.ts'
import type { KnownType, UnknownTypePolicy } from './definition.ts'
import { attempt, type MaybePromise, when } from './maybe-promise.ts'
import { upcastData } from './schema-version.ts'
import { together, validate, type Validated } from './validate.ts'

/** All that parsing and checking messages needs to know of a category. */
export interface Definition {
  readonly name: string
  readonly types: ReadonlyMap<string, KnownType>
  readonly metadata: StandardSchemaV1 | undefined
  readonly unknownTypes: UnknownTypePolicy
}

/**
 * Makes of a message as it was read what its category says: data upcast to the current version and
 * as its schema's output, metadata as its schema's output beside Eventide's keys.
 *
 * @returns the message, at once where the schemas answer at once; `undefined` for one of an
 *   unknown type that is skipped.
 * @throws {UnreadableMessageError}
 */
export function parseMessage(
  definition: Definition,
  message: Message,
): MaybePromise<TypedMessage | undefined> {
  const { name, types, unknownTypes } = definition
  if (category(message.streamName) !== name) {
    const issue = { path: 'streamName', message: `is not in category ${JSON.stringify(name)}` }
    throw unreadable(message, 'another category', [issue])
  }
  const known = types.get(message.type)
  if (known === undefined) {
    if (unknownTypes === 'pass') {
      return { ...message, type: undefined, unknownType: message.type }
    }
    if (unknownTypes === 'skip') return undefined
    throw unreadable(message, 'unknown type', [unknownTypeIssue(definition)])
  }

  return when(upcastData(known, message), (upcast) => {
    const validated = attempt(
      () =>
        together(
          validate(known.schema, upcast, 'data'),
          parseMetadata(definition.metadata, message.metadata),
        ),
      (cause) => unreadable(message, 'schema failed', [failedIssue(cause)], cause),
    )
    return when(validated, ({ data, metadata }): Message => {
      if (data.issues === undefined && metadata.issues === undefined) {
        return { ...message, data: data.value, metadata: metadata.value }
      }
      throw unreadable(message, 'invalid', [...(data.issues ?? []), ...(metadata.issues ?? [])])
    })
  })
}

function unreadable(
  message: Message,
  problem: UnreadableProblem,
  issues: MessageIssue[],
  cause?: unknown,
): UnreadableMessageError {
  const options = cause === undefined ? {} : { cause }
  return new UnreadableMessageError({ message, problem, issues }, options)
}

/** The schema is for keys of one's own; it neither refuses nor loses those of Eventide. */
export function parseMetadata(
  schema: StandardSchemaV1 | undefined,
  metadata: unknown,
): MaybePromise<Validated> {
  if (schema === undefined) return { value: metadata }
  if (metadata === undefined || metadata === null) return validate(schema, undefined, 'metadata')
  if (!isObject(metadata)) return validate(schema, metadata, 'metadata')
  return when(validate(schema, ownMetadata(metadata), 'metadata'), (own) =>
    own.issues === undefined ? besideEventides(metadata, own.value as object) : own,
  )
}

/** The same for what is to be written: Eventide's keys are looked at without a schema too. */
export function checkMetadata(
  schema: StandardSchemaV1 | undefined,
  metadata: unknown,
): MaybePromise<Validated> {
  if (schema === undefined) return besideEventides(metadata, {})
  return parseMetadata(schema, metadata)
}

function besideEventides(metadata: unknown, own: object): Validated {
  try {
    return { value: { ...metadataOf({ metadata }), ...own } }
  } catch (error) {
    if (!(error instanceof InvalidMetadataError)) throw error
    return { issues: [{ path: error.path, message: error.message }] }
  }
}

export function unknownTypeIssue({ types }: Definition): MessageIssue {
  return { path: 'type', message: `is none of ${[...types.keys()].join(', ')}` }
}

export function failedIssue(cause: unknown): MessageIssue {
  return { path: 'schema', message: cause instanceof Error ? cause.message : String(cause) }
}
