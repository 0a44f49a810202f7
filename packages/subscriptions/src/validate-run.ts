import { InvalidOptionError } from './errors.ts'
import type { RunOptions } from './subscription.ts'

/** What is wrong with the options of a run, of either kind of subscription. */
export function runProblem({ signal }: RunOptions): InvalidOptionError | undefined {
  if (signal === undefined || isSignal(signal)) return undefined
  return new InvalidOptionError('signal', signal, 'must be an AbortSignal')
}

// By what it has: a signal of another realm is no instance of this one's class.
function isSignal(signal: unknown): boolean {
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}
