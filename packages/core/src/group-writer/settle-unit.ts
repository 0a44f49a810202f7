import { DuplicateMessageIdError, WrongExpectedVersionError } from '../errors.ts'
import type { WriteResult } from '../message.ts'
import type { Session } from '../session.ts'
import { idempotently } from '../writing/idempotently.ts'
import { locateInStream } from '../writing/locate-error.ts'
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
  // The write has been tried: what is left of an idempotent one is the look-up.
  const refused = async (): Promise<never> => {
    throw errorOf(unit, outcome)
  }
  return idempotent ? idempotently(session, batch, refused, { alone }) : refused()
}

function errorOf(unit: Unit, outcome: Exclude<Outcome, { kind: 'written' }>): unknown {
  const { streamName, expectedVersion, batch, alone } = unit
  if (outcome.kind === 'refused') return alone ? outcome.error : locateInStream(outcome.error, unit)
  if (outcome.kind === 'conflict') {
    const { actualVersion } = outcome
    return new WrongExpectedVersionError({ streamName, expectedVersion, actualVersion })
  }
  const { index } = outcome
  return new DuplicateMessageIdError(batch[index]?.id, alone ? {} : { index })
}
