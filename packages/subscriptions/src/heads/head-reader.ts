/** What has a head: a category, a stream, or the whole store. */
export type HeadOf =
  | { readonly category: string }
  | { readonly stream: string }
  | { readonly all: true }

/**
 * Reads heads: the global position of a category's last message, or of all, the position of a
 * stream's last message; undefined where there is none.
 *
 * What makes a head useful: messages of one category become visible in the order of their positions,
 * since a writer draws its position under the category's lock and holds the lock until it has
 * committed. So whoever has seen a head sees, from then on, every message up to it that ever will be.
 *
 * `read` resolves to a head at or behind the position when it remembers one, and otherwise to what
 * the database said after it was called.
 */
export interface HeadReader {
  read(of: HeadOf, position: bigint, signal: AbortSignal): Promise<bigint | undefined>
}
