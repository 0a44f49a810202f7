import { describe, FailurePolicyError } from '../errors.ts'
import type { Failure, FailurePolicy, Verdict } from './verdict.ts'

const VERDICTS: readonly unknown[] = ['retry', 'park', 'skip', 'stop'] satisfies Verdict['type'][]

/** Asks the policy, and does not take what is no verdict for one. */
export function judge(subscriptionId: string, policy: FailurePolicy, failure: Failure): Verdict {
  const { message, error } = failure
  let verdict: unknown
  try {
    verdict = policy(failure)
  } catch (cause) {
    const problem = `threw ${describe(cause)}`
    throw new FailurePolicyError(subscriptionId, message, error, problem, { cause })
  }
  if (!isVerdict(verdict)) {
    const what = verdict instanceof Promise ? 'a promise' : describe(verdict)
    throw new FailurePolicyError(subscriptionId, message, error, `returned ${what}`)
  }
  return verdict
}

function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  return VERDICTS.includes(value.type) && (value.type !== 'retry' || 'backoff' in value)
}
