import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidCategoryError } from '../errors.ts'
import type { Message } from '../message.ts'
import { streamName } from '../stream-name.ts'
import type { Category, CategoryStore } from './category.ts'
import { categoryStore } from './category-store.ts'
import { checkCategoryName, isSchema, toKnownTypes, type UnknownTypePolicy } from './definition.ts'
import type { InferredMessages, TypeDefinitions, WithUpcasts } from './inference.ts'
import { type Definition, parseMessage } from './parse-message.ts'

/** What `defineCategory` takes besides the name and the types. */
export interface CategoryOptions<
  MetadataSchema extends MetadataObject | undefined = undefined,
  Policy extends UnknownTypePolicy = UnknownTypePolicy,
> {
  /**
   * The schema of your own keys in metadata. Eventide's keys stand beside them and are not given to
   * it. Default is none: metadata is written by Eventide's names, and read as `unknown`.
   */
  readonly metadata?: MetadataSchema | undefined
  /**
   * What a read does with a message whose type is not defined: `'error'` is an
   * `UnreadableMessageError`, `'skip'` leaves it out, `'pass'` gives it as it is, as an
   * `UnknownMessage`. Default is `'error'`.
   */
  readonly unknownTypes?: Policy | undefined
}

/** A schema of objects. */
export type MetadataObject = StandardSchemaV1<unknown, object | undefined>

/**
 * Defines the messages of a category by their schemas, from any library that implements Standard
 * Schema: Zod, Valibot, ArkType. What is read is a union told apart by `type`, its data the
 * schema's output; what is written is the schema's input, checked before anything is sent.
 *
 * @example
 * ```ts
 * import { defineCategory } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 * import { z } from 'zod'
 *
 * const flights = defineCategory('airport', {
 *   FlightDeparted: z.object({ delay: z.number() }),
 *   FlightArrived: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
 * })
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const airports = flights.on(store)
 * await airports.writeMessage('SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * for (const message of await airports.getStreamMessages('SEA')) {
 *   if (message.type === 'FlightDeparted') console.log(message.data.delay)
 *   else console.log(message.data.at.getFullYear())
 * }
 * ```
 *
 * @throws {InvalidCategoryError} {@link NotACategoryError} {@link InvalidStreamNameError} when the
 *   definition cannot be.
 */
export function defineCategory<
  const Name extends string,
  const Types extends TypeDefinitions,
  MetadataSchema extends MetadataObject | undefined = undefined,
  const Policy extends UnknownTypePolicy = 'error',
>(
  name: Name,
  types: Types & WithUpcasts<Types>,
  options: CategoryOptions<MetadataSchema, Policy> = {},
): Category<
  Name,
  InferredMessages<Types, MetadataSchema, Policy>['read'],
  InferredMessages<Types, MetadataSchema, Policy>['write'],
  InferredMessages<Types, MetadataSchema, Policy>['skipped']
> {
  type Inferred = InferredMessages<Types, MetadataSchema, Policy>

  checkCategoryName(name)
  const { metadata, unknownTypes = 'error' } = options
  if (metadata !== undefined && !isSchema(metadata)) {
    throw new InvalidCategoryError(name, undefined, 'has metadata that is no Standard Schema.')
  }
  if (!['error', 'skip', 'pass'].includes(unknownTypes)) {
    throw new InvalidCategoryError(
      name,
      undefined,
      `has unknownTypes ${JSON.stringify(unknownTypes)}. Expected 'error', 'skip' or 'pass'.`,
    )
  }
  const definition: Definition = {
    name,
    types: toKnownTypes(name, types),
    metadata,
    unknownTypes,
  }
  // What the schemas have checked is what the types say of them.
  const parse = async (message: Message): Promise<Inferred['read'] | Inferred['skipped']> =>
    (await parseMessage(definition, message)) as Inferred['read']

  return {
    name,
    types: [...definition.types.keys()] as Inferred['write']['type'][],
    streamName: (id) => streamName(name, id),
    parse,
    handler: (handle) => async (message, context) => {
      const known = await parse(message)
      return known === undefined ? undefined : handle(known, context)
    },
    on: <DB>(store: Parameters<typeof categoryStore<DB>>[1]) =>
      categoryStore(definition, store) as CategoryStore<DB, Inferred['read'], Inferred['write']>,
  }
}
