import type { Message, NewMessage } from '../message.ts'
import { toJsonNumber } from '../json-number.ts'
import { category, id } from '../stream-name.ts'

/** A state that was kept, and the version of the stream that it was folded from. */
export interface Snapshot {
  readonly data: unknown
  readonly version: bigint
}

/** Eventide's message type of a snapshot. */
const RECORDED = 'Recorded'
const MAX_VERSION = 2n ** 63n - 1n

/**
 * Eventide's name for the stream of a thing's snapshots: `account:snapshot-123`, where the last one
 * counts.
 */
export function snapshotStreamName(streamName: string, snapshotCategory?: string): string {
  const name = snapshotCategory ?? category(streamName)
  return `${name}${name.includes(':') ? '+' : ':'}snapshot-${id(streamName)}`
}

/** Makes the message that Eventide writes, and for a schema version the metadata it would have. */
export function toSnapshotMessage(
  { data, version }: Snapshot,
  { time, schemaVersion }: { readonly time: Date; readonly schemaVersion: string | undefined },
): NewMessage {
  return {
    type: RECORDED,
    data: {
      entityData: data,
      entityVersion: toJsonNumber(version),
      time: time.toISOString(),
    },
    metadata: schemaVersion === undefined ? undefined : { schemaVersion },
  }
}

/** Reads a snapshot, `undefined` when it is none, or of another schema version. */
export function fromSnapshotMessage(
  { type, data, metadata }: Message,
  schemaVersion: string | undefined,
): Snapshot | undefined {
  if (type !== RECORDED || !isObject(data) || !('entityData' in data)) return undefined
  const { entityData, entityVersion } = data
  if (!isVersion(entityVersion)) return undefined
  const written = isObject(metadata) ? metadata['schemaVersion'] : undefined
  if ((written ?? undefined) !== schemaVersion) return undefined
  return { data: entityData, version: BigInt(entityVersion) }
}

function isVersion(value: unknown): value is number | bigint {
  if (typeof value === 'bigint') return value >= 0n && value <= MAX_VERSION
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
