import {
  BatchPartlyWrittenError,
  type MessageDifference,
  MessageIdConflictError,
} from '../errors.ts'
import type { WriteResult } from '../message.ts'
import type { BatchMessage } from './batch.ts'

/** A message of the store that has the id of a message of the batch. */
export interface FoundMessage {
  /** Which message of the batch, from 0. */
  readonly index: number
  readonly position: bigint
  readonly differences: readonly MessageDifference[]
}

/**
 * Decides what an earlier attempt made of a batch, from the messages that the store has under its
 * ids.
 *
 * @returns where the messages are; `undefined` when there was no earlier attempt.
 * @throws {MessageIdConflictError} {@link BatchPartlyWrittenError}
 */
export function resolveWritten(
  batch: readonly BatchMessage[],
  found: readonly FoundMessage[],
  { alone = false, ...options }: ErrorOptions & { readonly alone?: boolean } = {},
): WriteResult[] | undefined {
  if (found.length === 0) return undefined
  const versions = new Map<string, bigint>()
  const conflict = (index: number, differences: readonly MessageDifference[]): never => {
    const { id } = batch[index] as BatchMessage
    throw new MessageIdConflictError(id, differences, alone ? options : { ...options, index })
  }

  for (const { index, differences } of found)
    if (differences.length > 0) conflict(index, differences)
  if (found.length < batch.length) {
    const written = found.map(({ index }) => index)
    const missing = [...batch.keys()].filter((index) => !written.includes(index))
    throw new BatchPartlyWrittenError(written, missing, options)
  }
  return found.map(({ index, position }) => {
    const { id, streamName } = batch[index] as BatchMessage
    const version = versions.get(streamName)
    if (version !== undefined && position !== version + 1n) conflict(index, ['position'])
    versions.set(streamName, position)
    return { id, streamName, position }
  })
}
