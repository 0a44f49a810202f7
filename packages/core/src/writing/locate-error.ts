import { DuplicateMessageIdError, WrongExpectedVersionError } from '../errors.ts'
import type { ExpectedVersion } from '../expected-version.ts'
import type { BatchMessage } from './batch.ts'

/** Finds the message of a batch that the server's refusal is about. */
export function locateError(error: unknown, batch: readonly BatchMessage[]): unknown {
  if (error instanceof DuplicateMessageIdError) {
    const index = indexOf(batch, ({ id }) => id === error.messageId)
    return new DuplicateMessageIdError(error.messageId, { cause: error.cause, index })
  }
  if (error instanceof WrongExpectedVersionError) {
    // The others that the stream may have follow from the first: see checkExpectations.
    const { streamName, actualVersion } = error
    const index =
      indexOf(
        batch,
        (message) => message.streamName === streamName && message.expectedVersion !== 'any',
      ) ?? indexOf(batch, (message) => message.streamName === streamName)
    const expectedVersion = batch[index ?? -1]?.expectedVersion ?? error.expectedVersion
    return new WrongExpectedVersionError(
      { streamName, expectedVersion, actualVersion },
      { cause: error.cause, index },
    )
  }
  return error
}

/** As {@link locateError} of a batch to one stream: a wrong version is the whole call's. */
export function locateInStream(
  error: unknown,
  { streamName, expectedVersion, batch }: StreamBatch,
): unknown {
  if (!(error instanceof WrongExpectedVersionError)) return locateError(error, batch)
  const { actualVersion, cause } = error
  return new WrongExpectedVersionError({ streamName, expectedVersion, actualVersion }, { cause })
}

interface StreamBatch {
  readonly streamName: string
  readonly expectedVersion: ExpectedVersion
  readonly batch: readonly BatchMessage[]
}

function indexOf(
  batch: readonly BatchMessage[],
  test: (message: BatchMessage) => boolean,
): number | undefined {
  const index = batch.findIndex(test)
  return index === -1 ? undefined : index
}
