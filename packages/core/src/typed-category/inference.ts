import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Message, NewMessage } from '../message.ts'
import type { Metadata } from '../metadata.ts'
import type { TypeDefinition, UnknownTypePolicy, Upcaster } from './definition.ts'

/**
 * A message of a type that its category does not define, as it is in the store. Its `type` is
 * `undefined`, so that those of the defined types can be told from it.
 */
export interface UnknownMessage extends Omit<Message, 'type'> {
  readonly type: undefined
  /** The type that the message has in the store. */
  readonly unknownType: string
}

/** The definitions of a category, by message type. */
export type TypeDefinitions = Readonly<Record<string, TypeDefinition>>

type SchemaOf<Definition> = Definition extends StandardSchemaV1
  ? Definition
  : Definition extends { readonly data: infer Schema extends StandardSchemaV1 }
    ? Schema
    : never

/**
 * What is read and what can be written, by the definitions: unions told apart by `type`. (Members
 * of an interface, so that editors show the unions and not their names.)
 */
export interface InferredMessages<
  Types extends TypeDefinitions,
  MetadataSchema extends StandardSchemaV1 | undefined,
  Policy extends UnknownTypePolicy,
> {
  readonly read:
    | {
        [Type in keyof Types & string]: Message<
          Type,
          StandardSchemaV1.InferOutput<SchemaOf<Types[Type]>>,
          ReadMetadata<MetadataSchema>
        >
      }[keyof Types & string]
    | (Policy extends 'pass' ? UnknownMessage : never)
  readonly write: {
    [Type in keyof Types & string]: WithMetadata<
      Type,
      StandardSchemaV1.InferInput<SchemaOf<Types[Type]>>,
      MetadataSchema
    >
  }[keyof Types & string]
  /** What `parse` gives for a message that is skipped. */
  readonly skipped: Policy extends 'skip' ? undefined : never
}

type ReadMetadata<Schema extends StandardSchemaV1 | undefined> = Schema extends StandardSchemaV1
  ? Metadata & NonNullable<StandardSchemaV1.InferOutput<Schema>>
  : unknown

// Metadata may be left out where its schema takes nothing, or an object with nothing in it.
type WithMetadata<Type extends string, Data, Schema extends StandardSchemaV1 | undefined> =
  Schema extends StandardSchemaV1<infer Input>
    ? undefined extends Input
      ? NewMessage<Type, Data, Metadata & NonNullable<Input>>
      : object extends Input
        ? NewMessage<Type, Data, Metadata & Input>
        : NewMessage<Type, Data, Metadata & Input> & { readonly metadata: Metadata & Input }
    : NewMessage<Type, Data, Metadata>

/** Asks for an upcast function for each version before the current one. */
export type WithUpcasts<Types extends TypeDefinitions> = {
  readonly [Type in keyof Types]: Types[Type] extends {
    readonly schemaVersion: infer Version extends number
  }
    ? UpcastsFrom<VersionsBelow<Version>>
    : unknown
}

type UpcastsFrom<Versions extends number> = [Versions] extends [never]
  ? unknown
  : { readonly upcast: Readonly<Record<Versions, Upcaster>> }

// 3 → 1 | 2. Of what is not a literal, or not from 1 to 200, nothing is asked; defineCategory looks.
type VersionsBelow<
  Version extends number,
  Counted extends readonly 1[] = [1],
  Below extends number = never,
> = number extends Version
  ? never
  : Counted['length'] extends Version
    ? Below
    : Counted['length'] extends 200
      ? never
      : VersionsBelow<Version, [...Counted, 1], Below | Counted['length']>
