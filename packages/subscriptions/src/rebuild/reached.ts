import { isCategory } from '@mdb/core'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { memberOf } from '../sources/page-query.ts'
import { missingMembers, type Place } from './places.ts'

export interface Versions {
  readonly from: readonly Place[]
  readonly to: readonly Place[]
}

/** Whether the new one has handled all that the old one has, by its places or by what is between. */
export async function hasReached<DB>(
  db: Kysely<DB>,
  messageStore: string,
  { from, to }: Versions,
): Promise<boolean> {
  for (const [source, old] of Map.groupBy(from, (place) => place.source)) {
    const next = to.filter((place) => place.source === source)
    if (next.length === 0 || missingMembers(next).length > 0) return false
    if (isAhead(next, old)) continue
    if (!isOneCategory(source) || next.every(({ position }) => position === undefined)) return false
    if (await isAnyLeft(db, messageStore, { source, old, next })) return false
  }
  return true
}

/**
 * By places alone. Members of one size have the same streams, so each is compared with its like;
 * otherwise a message may be with any member.
 */
export function isAhead(next: readonly Place[], old: readonly Place[]): boolean {
  const isSameSize = next[0]?.size === old[0]?.size
  return old.every(({ member, position }) => {
    const against = isSameSize ? next.filter((place) => place.member === member) : next
    return (
      position === undefined ||
      against.every((place) => place.position !== undefined && place.position >= position)
    )
  })
}

// Several have commas between, and `$all` is none.
function isOneCategory(source: string): boolean {
  return isCategory(source) && !source.startsWith('$') && !source.includes(',')
}

interface Between {
  readonly source: string
  readonly old: readonly Place[]
  readonly next: readonly Place[]
}

/**
 * Whether a message that the old one has handled is still to be handled by the new one. A member that
 * has nothing to do saves its place but now and then, so the places alone would tell it too late.
 */
async function isAnyLeft<DB>(
  db: Kysely<DB>,
  messageStore: string,
  { source, old, next }: Between,
): Promise<boolean> {
  const lowest = positions(next).reduce((low, each) => (each < low ? each : low))
  const highest = positions(old).reduce((high, each) => (each > high ? each : high))
  const { rows } = await sql<{ left: boolean }>`
    select exists (
      select from ${sql.id(messageStore, 'messages')} as message
      where ${sql.id(messageStore, 'category')}(message.stream_name) = ${source}::varchar
        and message.global_position > ${String(lowest)}::bigint
        and message.global_position <= ${String(highest)}::bigint
        and message.global_position <= ${placeOf(messageStore, old)}
        and message.global_position > ${placeOf(messageStore, next)}
    ) as "left"
  `.execute(db.withoutPlugins())
  return rows[0]?.left !== false
}

function positions(places: readonly Place[]): bigint[] {
  return places.map(({ position }) => position ?? -1n)
}

/** The place of whoever handles a message. A stream without an id has no member: null. */
function placeOf(messageStore: string, places: readonly Place[]): RawBuilder<unknown> {
  const texts = positions(places).map(String)
  const size = places[0]?.size ?? 0
  if (size === 0) return sql`${texts[0]}::bigint`
  const array = `{${texts.join(',')}}`
  return sql`(${array}::text::bigint[])[${memberOf(messageStore, size)} + 1]`
}
