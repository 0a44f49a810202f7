/** Whose checkpoint it is. Two keys that differ anywhere never share a checkpoint. */
export interface CheckpointKey {
  /** The subscription's `id`. */
  readonly subscriptionId: string
  /** The stream name or the category that is read; a stream name has an id, a category has none. */
  readonly source: string
  /** The group member and size; undefined without a group, which is not a group of one. */
  readonly consumerGroup?: { readonly member: number; readonly size: number } | undefined
}

/**
 * Keeps the place of subscriptions: the position up to which everything is handled, or does not match
 * the source's filter. It is a global position for a category and the position in the stream for a
 * stream, and need not be the position of a message that was handled.
 *
 * `load` resolves to what was saved last, or undefined when nothing was. `save` resolves once the
 * position is durable. A checkpoint moves forward only: saving a position that is not above the one
 * stored changes nothing and is no error, also when several processes save at once. What is stored
 * under one key is never seen under another. Content that is not a checkpoint rejects with
 * `CheckpointFormatError`. Connection failures are thrown as they are: the subscription retries them.
 */
export interface CheckpointStore {
  load(key: CheckpointKey): Promise<bigint | undefined>
  save(key: CheckpointKey, position: bigint): Promise<void>
}

/**
 * The key as text, without ambiguity: `delays` or `delays+0+4` (member 0 of 4), then the source.
 * Subscription ids hold no `+`, which is what makes it so.
 */
export function checkpointKeyText(key: CheckpointKey): string {
  return `${memberText(key)} of ${key.source}`
}

/** `delays`, or `delays+0+4` for member 0 of a group of 4. */
export function memberText({ subscriptionId, consumerGroup }: CheckpointKey): string {
  if (consumerGroup === undefined) return subscriptionId
  return `${subscriptionId}+${consumerGroup.member}+${consumerGroup.size}`
}
