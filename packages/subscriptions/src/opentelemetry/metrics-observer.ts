import { type Attributes, type Meter, metrics } from '@opentelemetry/api'
import type { Observer, SubscriptionEvent } from '../observer.ts'
import { originAttributes, SCOPE } from './attributes.ts'
import { nextState, type RunState, type TrackedState, untracked } from './tracked-state.ts'

/** The options of `metricsObserver`. */
export interface MetricsObserverOptions {
  /** Default is the global one of `@mdb/subscriptions`, as it is when the first event comes. */
  readonly meter?: Meter | undefined
}

/**
 * An observer that makes metrics of events, with the subscription and its member as attributes:
 *
 * - `message_db.subscription.runs`: runs that are `behind`, `live`, `paused` or `reconnecting` now, by
 *   `message_db.subscription.state`;
 * - `message_db.subscription.members`: members of elastic groups that this process holds now;
 * - `message_db.subscription.position`: the last saved position, of numbers up to 2^53 exact;
 * - `message_db.subscription.checkpoints`: how often it was saved;
 * - `message_db.subscription.reconnects`: tries again while the database was away, by
 *   `message_db.operation`;
 * - `message_db.subscription.failures`: what became of messages that a handler failed on, by
 *   `message_db.outcome`: `retrying`, `parked`, `parked behind`, `skipped` or `replay failed`;
 * - `message_db.subscription.ends`: runs that ended, by `message_db.reason`.
 *
 * How long handlers take, and how late they are, is measured with `measured`. One observer may serve
 * many subscriptions, with different ids or members.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { measured, metricsObserver } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   handler: measured(({ data }) => console.log(data)),
 *   observer: metricsObserver(),
 * })
 * await subscription.run({ signal: AbortSignal.timeout(100) })
 * ```
 */
export function metricsObserver({ meter }: MetricsObserverOptions = {}): Observer {
  let instruments: Instruments | undefined
  const states = new Map<string, TrackedState>()

  return (event) => {
    const made = (instruments ??= instrumentsOf(meter))
    count(made, event)
    const { subscriptionId, consumerGroup } = event
    const key = JSON.stringify([subscriptionId, consumerGroup?.member, consumerGroup?.size])
    const before = states.get(key) ?? untracked
    const after = nextState(before, event)
    if (after === untracked) states.delete(key)
    else states.set(key, after)
    if (before.state === after.state) return
    const attributes = originAttributes(event)
    if (before.state !== undefined) made.runs.add(-1, inState(attributes, before.state))
    if (after.state !== undefined) made.runs.add(1, inState(attributes, after.state))
  }
}

function inState(attributes: Attributes, state: RunState): Attributes {
  return { ...attributes, 'message_db.subscription.state': state }
}

function count(
  { members, position, checkpoints, reconnects, failures, ends }: Instruments,
  event: SubscriptionEvent,
): void {
  const attributes = originAttributes(event)
  switch (event.type) {
    case 'checkpointed':
      position.record(Number(event.position), attributes)
      checkpoints.add(1, attributes)
      return
    case 'reconnecting':
      reconnects.add(1, { ...attributes, 'message_db.operation': event.operation })
      return
    case 'retrying':
    case 'parked':
    case 'parked behind':
    case 'skipped':
    case 'replay failed':
      failures.add(1, { ...attributes, 'message_db.outcome': event.type })
      return
    case 'member claimed':
      members.add(1, attributes)
      return
    case 'member released':
    case 'member lost':
      members.add(-1, attributes)
      return
    case 'ended':
      ends.add(1, { ...attributes, 'message_db.reason': event.reason })
      return
    default:
  }
}

type Instruments = ReturnType<typeof instrumentsOf>

function instrumentsOf(meter: Meter = metrics.getMeter(SCOPE)) {
  return {
    runs: meter.createUpDownCounter('message_db.subscription.runs', {
      description: 'Runs in this state now.',
      unit: '{run}',
    }),
    members: meter.createUpDownCounter('message_db.subscription.members', {
      description: 'Members of elastic groups that this process holds now.',
      unit: '{member}',
    }),
    position: meter.createGauge('message_db.subscription.position', {
      description: 'The last saved position.',
      unit: '{position}',
    }),
    checkpoints: meter.createCounter('message_db.subscription.checkpoints', {
      description: 'How often the position was saved.',
      unit: '{checkpoint}',
    }),
    reconnects: meter.createCounter('message_db.subscription.reconnects', {
      description: 'Tries again while the database was away.',
      unit: '{attempt}',
    }),
    failures: meter.createCounter('message_db.subscription.failures', {
      description: 'What became of messages that a handler failed on.',
      unit: '{message}',
    }),
    ends: meter.createCounter('message_db.subscription.ends', {
      description: 'Runs that ended.',
      unit: '{run}',
    }),
  }
}
