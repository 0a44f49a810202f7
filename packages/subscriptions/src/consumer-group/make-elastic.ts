import { hostname } from 'node:os'
import type { Message } from '@mdb/core'
import type { CheckpointStore, ElasticCheckpointStore } from '../checkpoint-store.ts'
import { InvalidOptionError } from '../errors.ts'
import type { MessageSource } from '../message-source.ts'
import { notify } from '../observer.ts'
import type { ResolvedOptions } from '../options.ts'
import { untilItSucceeds } from '../reconnect.ts'
import type { Subscription } from '../subscription.ts'
import { boundedSource } from './bounded-source.ts'
import type { ElasticGroup } from './elastic-group.ts'
import { ElasticSubscription } from './elastic-subscription.ts'
import { type MemberRun, runMember } from './member-run.ts'
import type { RunningMember } from './reconcile.ts'

export interface ElasticParts<M extends Message> {
  /** The schema of Message DB. */
  readonly messageStore: string
  readonly sourceOf: (options: ResolvedOptions<M>) => MessageSource<M>
  /** Makes the subscription of one member. */
  readonly subscriptionOf: (options: ResolvedOptions<M>, source: MessageSource<M>) => Subscription
}

// At the end, leases that cannot be given back run out by themselves.
const FINAL_RETRIES = 2

/** Makes the subscription of one process of an elastic group. */
export function makeElastic<M extends Message>(
  options: ResolvedOptions<M>,
  { lease = 10_000, heartbeat = lease / 3, size, processName }: ElasticGroup,
  parts: ElasticParts<M>,
): Subscription {
  const { id, clock, observer, reconnect: backoff, checkpoints } = options
  const category = options.source.category as string
  return new ElasticSubscription({
    id,
    key: { subscriptionId: id, source: category },
    groups: elastic(checkpoints).groups(parts.messageStore),
    clock,
    processId: `${processName ?? `${hostname()}:${process.pid}`}:${crypto.randomUUID()}`,
    size,
    lease,
    heartbeat,
    runMember: (member) => memberRun(options, member, parts),
    emit: (event) => notify(observer, { subscriptionId: id, ...event }),
    retry: (run, { signal, isLast }) =>
      untilItSucceeds(run, {
        backoff,
        clock,
        signal,
        limit: isLast ? FINAL_RETRIES : Infinity,
        onRetry: (attempt, delay, error) =>
          notify(observer, {
            subscriptionId: id,
            type: 'reconnecting',
            operation: 'heartbeat',
            attempt,
            delay,
            error,
          }),
        onRecovered: (attempts) =>
          notify(observer, {
            subscriptionId: id,
            type: 'reconnected',
            operation: 'heartbeat',
            attempts,
          }),
      }),
  })
}

function memberRun<M extends Message>(
  options: ResolvedOptions<M>,
  member: RunningMember,
  { sourceOf, subscriptionOf }: ElasticParts<M>,
): MemberRun {
  const memberOptions = ofMember(options, member)
  const { barrier } = member
  if (barrier === undefined) {
    return runMember(member, subscriptionOf(memberOptions, sourceOf(memberOptions)), () => false)
  }
  const source = sourceOf(upToBarrier(memberOptions))
  let nothingToDo = false
  const bounded = boundedSource(source, {
    barrier,
    batchSize: options.batchSize,
    onReached(nothingToRead) {
      nothingToDo = nothingToRead
      void subscription.stop()
    },
  })
  const subscription = subscriptionOf(memberOptions, bounded)
  // That it has read up to there is not enough: it must have handled that too.
  return runMember(
    member,
    subscription,
    () => nothingToDo || (subscription.position ?? -1n) >= barrier,
  )
}

/**
 * A page that is not full has reached the barrier, which was set on the primary: so that is where it is
 * read, and no head comes from elsewhere.
 */
function upToBarrier<M extends Message>(options: ResolvedOptions<M>): ResolvedOptions<M> {
  const { wakeUps } = options
  const plain = wakeUps && { listen: wakeUps.listen.bind(wakeUps) }
  return { ...options, readFrom: undefined, wakeUps: plain }
}

/** The options of a group as those of one of its members, which claims with the lease's epoch. */
function ofMember<M extends Message>(
  options: ResolvedOptions<M>,
  { member, size, epoch }: RunningMember,
): ResolvedOptions<M> {
  const checkpoints = elastic(options.checkpoints)
  const leased: ElasticCheckpointStore = {
    ...checkpoints,
    claim: (key, owner, _, signal) => checkpoints.claim(key, owner, epoch, signal),
    // That a member is free, its lease says.
    control: checkpoints.control && { ...checkpoints.control, release: () => Promise.resolve() },
  }
  return {
    ...options,
    source: { ...options.source, consumerGroup: { member, size } } as typeof options.source,
    checkpoints: leased,
  }
}

function elastic(checkpoints: CheckpointStore | undefined): ElasticCheckpointStore {
  if (checkpoints !== undefined && 'groups' in checkpoints) {
    return checkpoints as ElasticCheckpointStore
  }
  const expectation =
    'must keep leases too, as tableCheckpoints(db) does, for a group without a member'
  throw new InvalidOptionError('checkpoints', checkpoints, expectation)
}
