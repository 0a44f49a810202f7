import {
  type Attributes,
  type Counter,
  type Histogram,
  type Meter,
  metrics,
} from '@opentelemetry/api'
import type { Message } from '@mdb/core'
import type { HandlerContext } from '../options.ts'
import { gaveUp } from '../processing/gave-up.ts'
import { errorType, processAttributes, SCOPE } from './attributes.ts'

/** The options of `measured` and `measuredPage`. */
export interface MeasuredOptions {
  /** Default is the global one of `@mdb/subscriptions`, as it is when the first message comes. */
  readonly meter?: Meter | undefined
  /** Milliseconds that never run backwards, for durations. Default is `performance.now`. */
  readonly now?: (() => number) | undefined
  /** Milliseconds since 1970, for ages: compared with the server's. Default is `Date.now`. */
  readonly date?: (() => number) | undefined
}

// The boundaries that OpenTelemetry's conventions for messaging ask for.
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const AGES = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1_800, 3_600, 21_600, 86_400]

/**
 * Makes a handler measure itself, once for each attempt at a message:
 *
 * - `messaging.process.duration`, a histogram in seconds; what fails has an `error.type`;
 * - `messaging.client.consumed.messages`, a counter of what was handed to the handler;
 * - `message_db.message.age`, a histogram in seconds: how long ago the message was written when the
 *   handler began, so how late the subscription is.
 *
 * Attributes are the subscription, its member, and the category. A handler that gave up because the
 * run is to end is not measured. With `traced` in either order.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { measured, traced } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   handler: traced(measured((message) => console.log(message.type))),
 *   observer: ({ type }) => void (type === 'live' && subscription.stop()),
 * })
 * await subscription.run()
 * ```
 *
 * @returns a handler for the same messages, of the same mode
 */
export function measured<M extends Message, C extends HandlerContext>(
  handler: (message: M, context: C) => unknown,
  options: MeasuredOptions = {},
): (message: M, context: C) => Promise<unknown> {
  const measure = measurer(options)
  return (message, context) => measure([message], context, () => handler(message, context))
}

/**
 * The same for a handler of pages (`eachPage`): the duration is the page's, the counter counts its
 * messages, and each has an age.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { measuredPage } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   eachPage: measuredPage((messages) => console.log(messages.length)),
 *   observer: ({ type }) => void (type === 'live' && subscription.stop()),
 * })
 * await subscription.run()
 * ```
 *
 * @returns a page handler for the same messages, of the same mode
 */
export function measuredPage<M extends Message, C extends HandlerContext>(
  handler: (messages: readonly M[], context: C) => unknown,
  options: MeasuredOptions = {},
): (messages: readonly M[], context: C) => Promise<unknown> {
  const measure = measurer(options)
  return (messages, context) => measure(messages, context, () => handler(messages, context))
}

interface Instruments {
  readonly duration: Histogram
  readonly consumed: Counter
  readonly age: Histogram
}

type Measure = (
  messages: readonly Message[],
  context: HandlerContext,
  run: () => unknown,
) => Promise<unknown>

function measurer({
  meter,
  now = () => performance.now(),
  date = Date.now,
}: MeasuredOptions): Measure {
  // A global meter from before the SDK would never measure anything.
  let instruments: Instruments | undefined

  return async (messages, context, run) => {
    const { duration, consumed, age } = (instruments ??= instrumentsOf(meter))
    const attributes = processAttributes(messages, context)
    const [began, beganAt] = [now(), date()]
    const record = (outcome: Attributes): void => {
      const all = { ...attributes, ...outcome }
      duration.record((now() - began) / 1_000, all)
      consumed.add(messages.length, all)
      for (const { time } of messages) {
        age.record(Math.max(0, beganAt - time.getTime()) / 1_000, attributes)
      }
    }
    try {
      const returned = await run()
      record({})
      return returned
    } catch (error) {
      if (!gaveUp(error, context.signal)) record({ 'error.type': errorType(error) })
      throw error
    }
  }
}

function instrumentsOf(meter: Meter = metrics.getMeter(SCOPE)): Instruments {
  return {
    duration: meter.createHistogram('messaging.process.duration', {
      description: 'How long handling took.',
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    }),
    consumed: meter.createCounter('messaging.client.consumed.messages', {
      description: 'Messages handed to a handler.',
      unit: '{message}',
    }),
    age: meter.createHistogram('message_db.message.age', {
      description: 'How long ago a message was written when its handler began.',
      unit: 's',
      advice: { explicitBucketBoundaries: AGES },
    }),
  }
}
