import { toServerVersion } from '../expected-version.ts'
import type { BatchMessage } from './batch.ts'

/**
 * A message as an element of the JSON array that carries a batch. A key that is not there is SQL
 * NULL; one that is null is JSON null.
 */
export function toElement(
  { id, streamName, type, data, metadata, expectedVersion }: BatchMessage,
  { withStream = false }: { readonly withStream?: boolean } = {},
): string {
  let element = `{"id":"${id}","type":${JSON.stringify(type)}`
  if (data !== null) element += `,"data":${data}`
  if (metadata !== null) element += `,"metadata":${metadata}`
  if (withStream) {
    element += `,"stream":${JSON.stringify(streamName)}`
    const version = toServerVersion(expectedVersion)
    if (version !== null) element += `,"expected":${version}`
  }
  return `${element}}`
}
