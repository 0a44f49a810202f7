import type { CallOptions } from '../call-options.ts'
import type { ExpectedVersion } from '../expected-version.ts'
import { callWriteMessage, writeValues } from '../functions/write-message.ts'
import { type Int8, toBigInt } from '../int8.ts'
import type { NewMessage, WriteResult } from '../message.ts'
import type { Session } from '../session.ts'
import { type IdempotentOptions, toBatchMessage } from './batch.ts'
import { idempotently } from './idempotently.ts'

/** Writes one message. */
export async function writeOne(
  session: Session,
  streamName: string,
  message: NewMessage,
  options: CallOptions &
    IdempotentOptions & { readonly expectedVersion?: ExpectedVersion | undefined },
): Promise<WriteResult> {
  const { expectedVersion } = options
  const send = async (): Promise<WriteResult> => {
    const values = writeValues(streamName, message, { expectedVersion, ...session.target })
    const id = values.id.toLowerCase()
    const position = await session.readFixed(
      'write_message',
      { ...values, id },
      (each) => callWriteMessage(each, session.target),
      options,
      { streamName, expectedVersion, messageId: id },
    )
    return { id, streamName, position: toBigInt(position as Int8) }
  }
  if (options.idempotent !== true) return send()
  const { json } = session.target
  const batch = [toBatchMessage({ streamName, message, expectedVersion }, { ...options, json })]
  const [result] = await idempotently(session, batch, async () => [await send()], {
    ...options,
    alone: true,
  })
  return result as WriteResult
}
