import type { ExpressionBuilder, ExpressionWrapper, Kysely, SqlBool } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import type { CheckpointTable, SubscriptionControlTable } from '../database.ts'
import { CheckpointsNotInstalledError } from '../errors.ts'

export interface CheckpointDatabase {
  checkpoint: CheckpointTable
  subscription_control: SubscriptionControlTable
}

const UNDEFINED_TABLE = '42P01'
const UNDEFINED_COLUMN = '42703'
const INVALID_SCHEMA = '3F000'

/** Any Kysely as one on the table of a schema, without the caller's plugins. */
export function onTable(db: unknown, schema: string): Kysely<CheckpointDatabase> {
  return (db as Kysely<CheckpointDatabase>).withoutPlugins().withSchema(schema)
}

export const KEY_COLUMNS = ['subscription_id', 'source', 'group_member', 'group_size'] as const

export function keyColumns({ subscriptionId, source, consumerGroup }: CheckpointKey): {
  subscription_id: string
  source: string
  group_member: number
  group_size: number
} {
  return {
    subscription_id: subscriptionId,
    source,
    group_member: consumerGroup?.member ?? 0,
    group_size: consumerGroup?.size ?? 0,
  }
}

/** The row of a key, as a condition. */
export function rowOf(key: CheckpointKey) {
  return (
    row: ExpressionBuilder<CheckpointDatabase, 'checkpoint'>,
  ): ExpressionWrapper<CheckpointDatabase, 'checkpoint', SqlBool> => row.and(keyColumns(key))
}

/** Says what to do about a table that is missing, or older than this package. */
export async function explained<T>(
  schema: string,
  query: Promise<T>,
  table = 'checkpoint',
): Promise<T> {
  try {
    return await query
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === UNDEFINED_TABLE || code === UNDEFINED_COLUMN || code === INVALID_SCHEMA) {
      throw new CheckpointsNotInstalledError(`${schema}.${table}`, error)
    }
    throw error
  }
}

export function toPosition(text: string | null | undefined): bigint | undefined {
  return text === null || text === undefined ? undefined : BigInt(text)
}
