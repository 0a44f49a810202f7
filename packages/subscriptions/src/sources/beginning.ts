import type { Beginning } from '../message-source.ts'
import type { StartOptions } from './start-options.ts'

interface BeginningReads {
  /** The position of the source's first message. */
  readonly first: bigint
  /** The last position there is; undefined when there is none. */
  readonly head: () => Promise<bigint | undefined>
  /** The first position, up to the head, of a message that is not older; undefined when none is. */
  readonly firstSince: (since: Date, head: bigint) => Promise<bigint | undefined>
}

/** Where to begin without a checkpoint. */
export async function beginning(
  { position, tail, since }: StartOptions,
  { first, head, firstSince }: BeginningReads,
): Promise<Beginning> {
  if (tail === undefined && since === undefined) return { position: position ?? first, save: false }
  // The head comes first: what is written after it has been read lies behind it, and is not missed.
  const last = await head()
  if (last === undefined) return { position: first, save: true }
  const found = since === undefined ? undefined : await firstSince(since, last)
  return { position: found ?? last + 1n, save: true }
}
