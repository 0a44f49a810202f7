import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidCategoryError, NotACategoryError } from '../errors.ts'
import type { Message } from '../message.ts'
import { isCategory } from '../stream-name.ts'
import { checkStreamName, checkType } from '../validate-message.ts'

/** Makes the data of one schema version into that of the next. */
export type Upcaster = {
  /**
   * Makes the data of one schema version into that of the next. May be async. What it throws is
   * the cause of an `UnreadableMessageError`. (A method, so that `data` may be annotated with the
   * type it had.)
   */
  upcast(data: unknown, message: Message): unknown
}['upcast']

/** A message type whose data has changed: what it is now, and how older messages become that. */
export interface VersionedType<Data extends StandardSchemaV1 = StandardSchemaV1> {
  /** The schema of the data as it is now. Any Standard Schema. */
  readonly data: Data
  /** The version of the data as it is now: an integer from 1. Default is 1. */
  readonly schemaVersion?: number | undefined
  /** For each older version, by its number, how to make the next one of it. */
  readonly upcast?: Readonly<Record<number, Upcaster>> | undefined
}

/** A message type: the schema of its data, or a schema with versions. */
export type TypeDefinition = StandardSchemaV1 | VersionedType

/** What a read does with a message whose type the category does not define. */
export type UnknownTypePolicy = 'error' | 'skip' | 'pass'

/** A message type as it is used: all defaults filled in. */
export interface KnownType {
  readonly schema: StandardSchemaV1
  /** `undefined` where no version was declared: then nobody's is looked at. */
  readonly schemaVersion: number | undefined
  readonly upcast: Readonly<Record<number, Upcaster>>
}

/** @throws {InvalidStreamNameError} @throws {NotACategoryError} */
export function checkCategoryName(name: string): void {
  checkStreamName(name)
  if (!isCategory(name)) throw new NotACategoryError(name)
}

/** @throws {InvalidCategoryError} @throws {InvalidMessageError} for a type's name. */
export function toKnownTypes(
  category: string,
  definitions: Readonly<Record<string, TypeDefinition>>,
): ReadonlyMap<string, KnownType> {
  const types = Object.entries(definitions).map(([type, definition]): [string, KnownType] => {
    checkType(type)
    return [type, toKnownType(category, type, definition)]
  })
  if (types.length === 0) throw new InvalidCategoryError(category, undefined, 'has no types.')
  return new Map(types)
}

function toKnownType(category: string, type: string, definition: TypeDefinition): KnownType {
  const refuse = (problem: string): never => {
    throw new InvalidCategoryError(category, type, problem)
  }
  if (isSchema(definition)) return { schema: definition, schemaVersion: undefined, upcast: {} }
  // Callers without types may give anything.
  const given = (definition as Partial<VersionedType> | null) ?? {}
  const { data, schemaVersion, upcast = {} } = given
  if (!isSchema(data)) return refuse('has no Standard Schema for its data.')
  const current = schemaVersion ?? 1
  if (!Number.isSafeInteger(current) || current < 1) {
    return refuse(`has the schema version ${current}. Expected an integer from 1.`)
  }
  const older = Array.from({ length: current - 1 }, (_, index) => index + 1)
  const missing = older.filter((version) => typeof upcast[version] !== 'function')
  if (missing.length > 0) return refuse(`has no upcast function for version ${missing.join(', ')}.`)
  const beyond = Object.keys(upcast).filter((key) => !older.map(String).includes(key))
  if (beyond.length > 0) {
    return refuse(
      `has upcast functions for ${beyond.join(', ')}, but its schema version is ${current}.`,
    )
  }
  return { schema: data, schemaVersion: schemaVersion ?? undefined, upcast }
}

/** Whether a value is a Standard Schema; some libraries' are functions. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    '~standard' in value
  )
}
