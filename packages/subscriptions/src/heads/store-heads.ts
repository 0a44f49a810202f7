import { translateError } from '@mdb/core'
import type { QueryExecutorProvider } from 'kysely'
import type { ReadableStore } from '../message-source.ts'
import { headQuery } from './head-query.ts'
import type { HeadOf, HeadReader } from './head-reader.ts'

/** Reads heads from a store, a statement each time. */
export function storeHeads(store: ReadableStore): HeadReader {
  return {
    async read(of, _position, signal) {
      const [head] = await readHeads(store, [of], signal)
      return head
    },
  }
}

/** Reads any number of heads in one statement, in the order asked for. */
export async function readHeads(
  { db, schema }: ReadableStore,
  asked: readonly HeadOf[],
  signal?: AbortSignal,
): Promise<Array<bigint | undefined>> {
  // Plugins are for the caller's queries: one that renames columns would hide ours.
  const plain: QueryExecutorProvider = { getExecutor: () => db.getExecutor().withoutPlugins() }
  try {
    const { rows } = await headQuery(schema, asked).execute(plain, { signal })
    const heads = new Map(rows.map(({ place, head }) => [Number(place), head]))
    return asked.map((_, index) => {
      const head = heads.get(index + 1) ?? undefined
      return head === undefined ? undefined : BigInt(head)
    })
  } catch (error) {
    throw translateError(error, { schema })
  }
}
