import type { BatchMessage } from './batch.ts'

/**
 * A message as an element of the JSON array that carries a batch, with more members for the statement
 * to read. A key that is not there is SQL NULL; one that is null is JSON null.
 */
export function toElement(message: BatchMessage, more: readonly string[] = []): string {
  const { id, type, data, metadata } = message
  let element = `{"id":"${id}","type":${JSON.stringify(type)}`
  if (data !== null) element += `,"data":${data}`
  if (metadata !== null) element += `,"metadata":${metadata}`
  for (const member of more) element += `,${member}`
  return `${element}}`
}

/** The member that names a message's stream. */
export function streamMember({ streamName }: BatchMessage): string {
  return `"stream":${JSON.stringify(streamName)}`
}

/** The member that holds an expected version; none where any will do. */
export function expectedMember(version: bigint | null): string[] {
  return version === null ? [] : [`"expected":${version}`]
}
