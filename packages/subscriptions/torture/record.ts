import { cardinalId, hash64 } from '@mdb/core'
import { type Kysely, sql } from 'kysely'
import type { TortureDatabase } from './database.ts'

export interface Written {
  readonly globalPosition: number
  /** The hash of its cardinal id: it decides the member, in a group of any size. */
  readonly hash: bigint
}

export interface Effect {
  /** When: the clock that also counts changes of checkpoints. */
  readonly at: number
  readonly streamName: string
  readonly position: number
  readonly globalPosition: number
  /** The run of a member, and the claim that it had; undefined for a replay. */
  readonly run: { readonly name: string; readonly claim: string } | undefined
}

/** A change of a member's checkpoint: a claim, or a save. */
export interface Change {
  readonly at: number
  readonly member: number
  readonly size: number
  /** As in an effect's run. */
  readonly claim: string
  readonly position: number | undefined
}

/** All that happened, in the order in which it did. */
export interface TortureRecord {
  readonly messages: readonly Written[]
  readonly effects: readonly Effect[]
  readonly changes: readonly Change[]
  /** When a message was first parked, by its global position. */
  readonly parked: ReadonlyMap<number, number>
}

const claimOf = (size: unknown, member: unknown, epoch: unknown): string =>
  [size, member, epoch].map(String).join('/')

export async function loadRecord(db: Kysely<TortureDatabase>): Promise<TortureRecord> {
  const messages = await sql<{ at: string; stream_name: string }>`
    select global_position::text as at, stream_name from message_store.messages
    where message_store.category(stream_name) = 'flight'
    order by global_position
  `.execute(db)
  const effects = await sql<Record<string, string | number | null>>`
    select seq::text, stream_name, "position"::text, global_position::text,
      run, group_size, group_member, epoch::text
    from effect order by effect.seq
  `.execute(db)
  const changes = await sql<Record<string, string | number | null>>`
    select seq::text, group_size, group_member, epoch::text, "position"::text
    from checkpoint_change order by checkpoint_change.seq
  `.execute(db)
  const parked = await sql<{ at: string; seq: string }>`
    select global_position::text as at, min(seq)::text as seq
    from parked_message_change group by global_position
  `.execute(db)
  return {
    messages: messages.rows.map(({ at, stream_name }) => ({
      globalPosition: Number(at),
      hash: hash64(cardinalId(stream_name) ?? ''),
    })),
    effects: effects.rows.map((row) => ({
      at: Number(row['seq']),
      streamName: String(row['stream_name']),
      position: Number(row['position']),
      globalPosition: Number(row['global_position']),
      run:
        row['run'] === null
          ? undefined
          : {
              name: String(row['run']),
              claim: claimOf(row['group_size'], row['group_member'], row['epoch']),
            },
    })),
    changes: changes.rows.map((row) => ({
      at: Number(row['seq']),
      member: Number(row['group_member']),
      size: Number(row['group_size']),
      claim: claimOf(row['group_size'], row['group_member'], row['epoch']),
      position: row['position'] === null ? undefined : Number(row['position']),
    })),
    parked: new Map(parked.rows.map(({ at, seq }) => [Number(at), Number(seq)])),
  }
}
