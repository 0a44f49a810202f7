import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { MessageIssue } from '../errors.ts'
import { type MaybePromise, when } from './maybe-promise.ts'

/** A value as its schema makes it, or what is wrong with it. */
export type Validated =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly MessageIssue[] }

/**
 * Asks a schema about data or metadata as they are read. Eventide writes an object with nothing in
 * it as SQL NULL, so where the schema refuses nothing, it is asked about such an object.
 */
export function validate(
  schema: StandardSchemaV1,
  value: unknown,
  path: string,
): MaybePromise<Validated> {
  return when(ask(schema, value, path), (result) => {
    if (result.issues === undefined || value !== undefined) return result
    return when(ask(schema, {}, path), (asEmpty) =>
      asEmpty.issues === undefined ? asEmpty : result,
    )
  })
}

function ask(schema: StandardSchemaV1, value: unknown, path: string): MaybePromise<Validated> {
  return when(schema['~standard'].validate(value), (result): Validated => {
    if (result.issues === undefined) return result
    return {
      issues: result.issues.map((issue) => ({
        path: path + pathText(issue.path ?? []),
        message: issue.message,
      })),
    }
  })
}

/** Both at once, for what needs both. */
export function together(
  data: MaybePromise<Validated>,
  metadata: MaybePromise<Validated>,
): MaybePromise<{ readonly data: Validated; readonly metadata: Validated }> {
  if (!(data instanceof Promise) && !(metadata instanceof Promise)) return { data, metadata }
  return Promise.all([data, metadata]).then(([data, metadata]) => ({ data, metadata }))
}

function pathText(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  // ArkType's path is an array of its own kind, whose map is another.
  const keys = Array.from(path, (segment) => (typeof segment === 'object' ? segment.key : segment))
  return keys.map(keyText).join('')
}

function keyText(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${key.description ?? 'symbol'}]`
  if (typeof key === 'number' || /^\d+$/.test(key)) return `[${key}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
