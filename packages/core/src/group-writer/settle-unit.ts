import { DuplicateMessageIdError, WrongExpectedVersionError } from '../errors.ts'
import type { WriteResult } from '../message.ts'
import type { Session } from '../session.ts'
import { findWritten } from '../writing/find-written.ts'
import { resolveWritten } from '../writing/resolve-written.ts'
import type { Outcome } from './group-outcome.ts'
import type { Unit } from './unit.ts'

/**
 * Makes of an outcome what the caller is told: the results, or the error that the same write would
 * have had alone.
 */
export async function settleUnit(
  session: Session,
  unit: Unit,
  outcome: Outcome,
): Promise<WriteResult[]> {
  if (outcome.kind === 'written') return outcome.results
  const { batch, alone, idempotent } = unit
  if (idempotent) {
    const found = await findWritten(session, batch, {})
    const written = resolveWritten(batch, found, { alone })
    if (written !== undefined) return written
  }
  if (outcome.kind === 'conflict') {
    const { streamName, expectedVersion } = unit
    const { actualVersion } = outcome
    throw new WrongExpectedVersionError({ streamName, expectedVersion, actualVersion })
  }
  const { index } = outcome
  throw new DuplicateMessageIdError(batch[index]?.id, alone ? {} : { index })
}
