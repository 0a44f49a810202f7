import { InvalidOptionError } from '../errors.ts'
import { resolveOptions, type SourceOptions } from '../options.ts'
import { sourceName } from '../sources/source-name.ts'
import type { ControlKey } from './control-store.ts'

/** Whom an operator speaks to. */
export interface SubscriptionControlOptions {
  /** The `id` of the subscription. */
  readonly id: string
  /** What it reads, as it was subscribed with; a group as `{ size }`, since it means all members. */
  readonly source: SourceOptions
  /** The schema of the tables. Default is `mdb`. */
  readonly schema?: string | undefined
}

/** The options checked, and who that is. */
export function subjectOf({ id, source }: SubscriptionControlOptions): ControlKey {
  resolveOptions({ id, source, handler: () => {} })
  const member = source.consumerGroup?.member
  if (member !== undefined) {
    const expectation = 'must not be given: it is for all members, or none'
    throw new InvalidOptionError('source.consumerGroup.member', member, expectation)
  }
  return { subscriptionId: id, source: sourceName(source) }
}
