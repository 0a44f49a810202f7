import type { Message } from '@mdb/core'
import { HandlerError, toFailedMessage } from '../errors.ts'
import { judge } from '../failure/judge.ts'
import type { Failure } from '../failure/verdict.ts'
import { backoffDelay } from '../reconnect.ts'
import { gaveUp } from './gave-up.ts'
import type { ProcessorContext } from './processor.ts'
import type { Outcome } from './transaction.ts'

/** What became of a message. `left`: the run is to end, and it was not handled. */
export type Settled = { readonly type: 'handled' | 'left' } | GivenUp

export interface GivenUp {
  readonly type: 'parked' | 'skipped'
  readonly failure: Failure
}

/**
 * Tries a message under the failure policy until it is handled, given up or left. `attempt` returns
 * the handler's failure, and undefined when the run is to end; what it throws ends the run.
 */
export async function settle<M extends Message>(
  message: M,
  attempt: () => Promise<Outcome | undefined>,
  { subscriptionId, policy, keeper, signal, clock, emit }: ProcessorContext<M>,
): Promise<Settled> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt()
    if (outcome === undefined) return { type: 'left' }
    if (outcome.type === 'committed') return { type: 'handled' }
    const { error } = outcome
    if (gaveUp(error, signal)) return { type: 'left' }

    const failure: Failure = { error, message, attempt: attempts }
    const verdict = judge(subscriptionId, policy, failure)
    switch (verdict.type) {
      case 'park':
        return { type: 'parked', failure }
      case 'skip':
        return { type: 'skipped', failure }
      case 'stop':
        throw new HandlerError(subscriptionId, message, keeper.position, error)
      case 'retry':
    }
    const delay = backoffDelay(attempts, verdict.backoff)
    emit({ type: 'retrying', message: toFailedMessage(message), attempt: attempts, delay, error })
    await clock.sleep(delay, signal)
    if (signal.aborted) return { type: 'left' }
  }
}

/** Tells the observer what became of a message, where there is something to tell. */
export function tell<M extends Message>(
  settled: Settled,
  { emit }: Pick<ProcessorContext<M>, 'emit'>,
): void {
  if (settled.type !== 'parked' && settled.type !== 'skipped') return
  const { message, attempt: attempts, error } = settled.failure
  emit({ type: settled.type, message: toFailedMessage(message), attempts, error })
}
