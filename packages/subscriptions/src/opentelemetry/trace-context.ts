import {
  type Context,
  context as activeContext,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'
import { InvalidMetadataError, type NewMessage } from '@mdb/core'

/** Writes trace context into metadata, and reads it from there: any propagator of OpenTelemetry. */
export type MetadataPropagator = Pick<TextMapPropagator, 'inject' | 'extract'>

/** The options of `withTraceContext`. */
export interface TraceContextOptions {
  /** Whose trace the message belongs to. Default is the active context. */
  readonly context?: Context | undefined
  /**
   * Default is the global one, which an SDK sets: as a rule W3C, whose keys are `traceparent`,
   * `tracestate` and `baggage`.
   */
  readonly propagator?: MetadataPropagator | undefined
}

/**
 * A copy of a message whose metadata says which trace it was written in: `traceparent` and
 * `tracestate` of W3C Trace Context, beside what was there. A handler made with `traced` links to it.
 * Without a span, or without an SDK, the metadata is what it was.
 *
 * With `follow` and `reply` it goes outside, `withTraceContext(follow(message, next))`: they do not
 * copy these keys, since what follows is written in the span of its own handler.
 *
 * @example
 * ```ts
 * import { withTraceContext } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const departed = { type: 'FlightDeparted', data: { delay: 12 } }
 * await store.writeMessage('airport-SEA', withTraceContext(departed))
 * ```
 *
 * @throws {InvalidMetadataError} when the metadata is not an object
 */
export function withTraceContext<M extends NewMessage>(
  message: M,
  { context = activeContext.active(), propagator = propagation }: TraceContextOptions = {},
): M {
  const metadata = message.metadata ?? {}
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new InvalidMetadataError({ path: 'metadata', value: metadata, expected: 'an object' })
  }
  const carrier = new Map<string, string>()
  propagator.inject(context, carrier, setter)
  if (carrier.size === 0) return { ...message }
  return { ...message, metadata: { ...metadata, ...Object.fromEntries(carrier) } }
}

const setter: TextMapSetter<Map<string, string>> = {
  set: (carrier, key, value) => void carrier.set(key, value),
}

// Metadata is any JSON that anybody wrote.
const getter: TextMapGetter<unknown> = {
  keys: (metadata) => (isObject(metadata) ? Object.keys(metadata) : []),
  get(metadata, key) {
    const value = isObject(metadata) && Object.hasOwn(metadata, key) ? metadata[key] : undefined
    return typeof value === 'string' ? value : undefined
  },
}

/** The context that a message was written in, as far as its metadata tells. */
export function writtenIn(
  message: { readonly metadata: unknown },
  propagator: MetadataPropagator = propagation,
): Context {
  return propagator.extract(ROOT_CONTEXT, message.metadata, getter)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
