import type { ConsumerGroup, Message, MessageStore } from '@mdb/core'
import { explained, onTable, toPosition } from '../checkpoints/checkpoint-table.ts'
import { readConsumerGroup } from '../consumer-group/read-consumer-group.ts'
import { readControls } from '../control/table-control.ts'
import type { MessageSource } from '../message-source.ts'
import { resolveOptions, type SourceOptions } from '../options.ts'
import { sourceOf } from '../source-of.ts'
import { sql } from 'kysely'

/** Which subscription it is, for whoever looks at it from outside. */
export interface SubscriptionPlaceOptions {
  /** The `id` of the subscription. */
  readonly id: string
  /**
   * What it reads, as it was subscribed with. With `consumerGroup: { member, size }` it is that member;
   * with `{ size }` all members, of a static group too. An elastic group has the size that its table
   * says, whatever is given here.
   */
  readonly source: SourceOptions
  /** The schema of the tables. Default is `mdb`. */
  readonly schema?: string | undefined
}

/** A subscription without a group, or a member, and the place that is saved of it. */
export interface Place {
  readonly consumerGroup: ConsumerGroup | undefined
  readonly position: bigint | undefined
}

/** The options checked, and the source that they describe. */
export function sourceToLookAt<DB>(
  store: MessageStore<DB>,
  { id, source }: SubscriptionPlaceOptions,
): MessageSource<Message> {
  // A group's members begin alike, and only `begin` and `name` are asked for. Leases need a table.
  return sourceOf(store, resolveOptions({ id, source, handler: () => {} }))
}

/** Where each member is, as its checkpoint says; in the order of members. */
export async function readPlaces<DB>(
  { db }: MessageStore<DB>,
  { id, source, schema = 'mdb' }: SubscriptionPlaceOptions,
  name: string,
): Promise<Place[]> {
  const groups = await groupsOf(source, async () => {
    const group = await explained(schema, readConsumerGroup(db, { id, category: name, schema }))
    return group?.size
  })
  const size = groups[0]?.size ?? 0
  const rows = await explained(
    schema,
    onTable(db, schema)
      .selectFrom('checkpoint')
      .select(['group_member', sql<string | null>`position::text`.as('position')])
      .where('subscription_id', '=', id)
      .where('source', '=', name)
      .where('group_size', '=', size)
      .execute(),
  )
  const saved = new Map(rows.map(({ group_member, position }) => [group_member, position]))
  return groups.map((consumerGroup) => ({
    consumerGroup,
    position: toPosition(saved.get(consumerGroup?.member ?? 0)),
  }))
}

/** Whether an operator has paused it. */
export async function readIsPaused<DB>(
  { db }: MessageStore<DB>,
  { id, schema = 'mdb' }: SubscriptionPlaceOptions,
  name: string,
): Promise<boolean> {
  const controls = readControls(onTable(db, schema), [id])
  const rows = await explained(schema, controls, 'subscription_control')
  return rows.some(({ source, isPaused }) => source === name && isPaused)
}

async function groupsOf(
  { consumerGroup }: SourceOptions,
  elasticSize: () => Promise<number | undefined>,
): Promise<Array<ConsumerGroup | undefined>> {
  if (consumerGroup === undefined) return [undefined]
  const { member } = consumerGroup
  if (member !== undefined) return [{ member, size: consumerGroup.size }]
  const size = (await elasticSize()) ?? consumerGroup.size
  return Array.from({ length: size }, (_, each) => ({ member: each, size }))
}
