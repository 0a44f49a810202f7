import { type RawBuilder, sql } from 'kysely'
import type { CallOptions } from '../call-options.ts'
import type { MessageDifference } from '../errors.ts'
import type { FunctionOptions } from '../read-options.ts'
import { jsonbParameter } from '../jsonb-parameter.ts'
import { functionName } from '../search-path.ts'
import type { Session } from '../session.ts'
import type { BatchMessage } from './batch.ts'
import type { FoundMessage } from './resolve-written.ts'
import { streamMember, toElement } from './element.ts'

interface FoundRow {
  readonly index: number | string
  readonly position: string
  /** The names of what differs, with commas. */
  readonly differences: string
}

/** Looks up which messages of a batch the store has, and in what they differ, in one query. */
export async function findWritten(
  session: Session,
  batch: readonly BatchMessage[],
  options: CallOptions,
): Promise<FoundMessage[]> {
  const rows = await session.run(selectWritten(batch, session.target), options)
  return rows.map(({ index, position, differences }) => ({
    index: Number(index),
    position: BigInt(position),
    differences: differences === '' ? [] : (differences.split(',') as MessageDifference[]),
  }))
}

// As jsonb, and not as text, two are equal whatever the order of their keys or the writing of their
// numbers; SQL NULL and JSON null are not.
function selectWritten(
  batch: readonly BatchMessage[],
  target: FunctionOptions,
): RawBuilder<FoundRow> {
  const elements = batch.map((message) => toElement(message, [streamMember(message)]))
  return sql<FoundRow>`select (element.n - 1)::integer as index, message."position"::text,
      concat_ws(',',
        case when message.stream_name <> element.value ->> 'stream' then 'streamName' end,
        case when message.type <> element.value ->> 'type' then 'type' end,
        case when message.data is distinct from element.value -> 'data' then 'data' end,
        case when message.metadata is distinct from element.value -> 'metadata' then 'metadata' end
      ) as differences
    from jsonb_array_elements(${jsonbParameter(`[${elements.join(',')}]`)})
      with ordinality as element (value, n)
    join ${functionName(target, 'messages')} as message
      on message.id = (element.value ->> 'id')::uuid
    order by element.n`
}
