import type { StatementTemplates } from '@mdb/core'
import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import { checkpointKeyText, type Claim, wentBack } from '../checkpoint-store.ts'
import { CheckpointMovedError } from '../errors.ts'
import { type CheckpointDatabase, keyColumns, toPosition } from './checkpoint-table.ts'
import { boundedBy, type Held, refused } from './fence.ts'

/** A claim that is held, and the statements of its store: a run saves often. */
export interface HeldOften extends Held {
  readonly templates: StatementTemplates
}

/** Moves the position if the claim holds. False when it is there already, or further. */
export async function saveClaimed(
  table: Kysely<CheckpointDatabase>,
  held: HeldOften,
  to: bigint,
): Promise<boolean> {
  const { claim, templates } = held
  const { position } = claim
  const name = `save ${shapeOf(held)} ${position === undefined ? 'first' : 'next'}`
  const values = { ...valuesOf(held), position: String(position), to: String(to) }
  const query = templates.query(table, name, values, (value) =>
    table
      .updateTable('checkpoint')
      .set({ position: value.to, updated_at: sql`now()` })
      .where(holds(claim, value))
      // What was saved under this claim is there still: the database has not lost it in a crash or a
      // failover. In the statement that saves, so that it costs nothing.
      .where((row) =>
        row.and(position === undefined ? [] : [row('position', '>=', value.position)]),
      )
      .where((row) => row.or([row('position', 'is', null), row('position', '<', value.to)]))
      .returning(boundedBy(held).as('bounded')),
  )
  const { rows } = await table.executeQuery(query)
  if (rows.length > 0) return true
  // Either it is there already, which is no error, or the claim is over or went back, which is.
  await lockClaimed(table, held)
  return false
}

/** What is stored, and nobody else moves or claims it until the transaction ends. */
export async function lockClaimed(
  table: Kysely<CheckpointDatabase>,
  held: HeldOften,
): Promise<bigint | undefined> {
  const { key, claim, templates } = held
  const query = templates.query(table, `lock ${shapeOf(held)}`, valuesOf(held), (value) =>
    table
      .selectFrom('checkpoint')
      .select([sql<string | null>`position::text`.as('position'), boundedBy(held).as('bounded')])
      .where(holds(claim, value))
      .forNoKeyUpdate(),
  )
  const [row] = (await table.executeQuery(query)).rows
  if (row === undefined) throw await refused(table, held)
  const stored = toPosition(row.position)
  if (wentBack(claim, stored)) {
    throw new CheckpointMovedError(checkpointKeyText(key), stored, 'commits lost')
  }
  return stored
}

function valuesOf({ key, claim: { epoch, seeks } }: Held) {
  return { ...keyColumns(key), epoch: String(epoch), seeks: String(seeks) }
}

/** What of a claim changes a statement's text. */
function shapeOf({ claim, idleTimeout }: Held): string {
  return `${claim.seeks === undefined ? 'without seeks' : 'with seeks'} ${idleTimeout}`
}

/** The row is the key's, and neither another claim nor a seek has followed this one. */
function holds(
  { seeks }: Claim,
  { subscription_id, source, group_member, group_size, ...value }: ValuesOf<typeof valuesOf>,
) {
  return (row: ExpressionBuilder<CheckpointDatabase, 'checkpoint'>) =>
    row.and([
      row.and({ subscription_id, source, group_member, group_size }),
      row('epoch', '=', value.epoch),
      ...(seeks === undefined ? [] : [row('seeks', '=', value.seeks)]),
    ])
}

type ValuesOf<F extends (...given: never[]) => unknown> = Readonly<
  Record<keyof ReturnType<F>, never>
>
