import {
  type Attributes,
  context as activeContext,
  type Context,
  type Link,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type { Message } from '@mdb/core'
import type { HandlerContext } from '../options.ts'
import { gaveUp } from '../processing/gave-up.ts'
import { categoryOf, errorType, messageAttributes, processAttributes, SCOPE } from './attributes.ts'
import { type MetadataPropagator, writtenIn } from './trace-context.ts'

/** The options of `tracedPage`. */
export interface TracedPageOptions {
  /** Default is the global one of `@mdb/subscriptions`. */
  readonly tracer?: Tracer | undefined
  /** How the producer's trace is read from the metadata. Default is the global propagator. */
  readonly propagator?: MetadataPropagator | undefined
}

/** The options of `traced`. */
export interface TracedOptions extends TracedPageOptions {
  /**
   * What the span that a message was written in is to the span that it is handled in. Default is
   * `link`: handling begins a trace of its own, however much later it happens and however often. With
   * `parent` it goes on in the producer's trace, and is sampled as that one.
   */
  readonly producer?: 'link' | 'parent' | undefined
}

/**
 * Makes a handler trace itself: a span of kind consumer for each attempt at a message, `process airport`,
 * with the attributes of OpenTelemetry's conventions for messaging, active while the handler runs. It
 * is linked to the span that the message was written in, if the metadata tells it (see
 * `withTraceContext`). An error is recorded, sets the status, and is thrown on. Without an SDK nothing
 * is traced, and the handler runs as it is.
 *
 * In transactional mode the span ends before the transaction does.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { traced } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   handler: traced((message) => console.log(message.type)),
 *   observer: ({ type }) => void (type === 'live' && subscription.stop()),
 * })
 * await subscription.run()
 * ```
 *
 * @returns a handler for the same messages, of the same mode
 */
export function traced<M extends Message, C extends HandlerContext>(
  handler: (message: M, context: C) => unknown,
  options: TracedOptions = {},
): (message: M, context: C) => Promise<unknown> {
  const { tracer = trace.getTracer(SCOPE), producer = 'link', propagator } = options
  return (message, context) => {
    const written = writtenIn(message, propagator)
    const spanContext = trace.getSpanContext(written)
    const isChild = producer === 'parent' && spanContext !== undefined
    const around = withBaggageOf(written, activeContext.active())
    const parts: Parts = {
      around: isChild ? trace.setSpanContext(around, spanContext) : around,
      root: !isChild,
      links: isChild ? [] : linksTo([written]),
      attributes: messageAttributes(message),
    }
    return inSpan(tracer, [message], context, parts, () => handler(message, context))
  }
}

/**
 * The same for a handler of pages (`eachPage`): one span for each page, linked to the spans that its
 * messages were written in, each once.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { tracedPage } from '@mdb/subscriptions/opentelemetry'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   eachPage: tracedPage((messages) => console.log(messages.length)),
 *   observer: ({ type }) => void (type === 'live' && subscription.stop()),
 * })
 * await subscription.run()
 * ```
 *
 * @returns a page handler for the same messages, of the same mode
 */
export function tracedPage<M extends Message, C extends HandlerContext>(
  handler: (messages: readonly M[], context: C) => unknown,
  options: TracedPageOptions = {},
): (messages: readonly M[], context: C) => Promise<unknown> {
  const { tracer = trace.getTracer(SCOPE), propagator } = options
  return (messages, context) => {
    const parts: Parts = {
      around: activeContext.active(),
      root: true,
      links: linksTo(messages.map((message) => writtenIn(message, propagator))),
      attributes: { 'messaging.batch.message_count': messages.length },
    }
    return inSpan(tracer, messages, context, parts, () => handler(messages, context))
  }
}

interface Parts {
  readonly around: Context
  readonly root: boolean
  readonly links: Link[]
  readonly attributes: Attributes
}

function inSpan(
  tracer: Tracer,
  messages: readonly Message[],
  context: HandlerContext,
  { around, root, links, attributes }: Parts,
  run: () => unknown,
): Promise<unknown> {
  const destination = categoryOf(messages)
  const options = {
    kind: SpanKind.CONSUMER,
    root,
    links,
    attributes: { ...processAttributes(messages, context), ...attributes },
  }
  const name = destination === undefined ? 'process' : `process ${destination}`
  return tracer.startActiveSpan(name, options, around, async (span) => {
    try {
      return await run()
    } catch (error) {
      if (gaveUp(error, context.signal)) span.setAttribute('message_db.gave_up', true)
      else fail(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  span.recordException(error instanceof Error ? error : message)
  span.setAttribute('error.type', errorType(error))
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}

function linksTo(contexts: readonly Context[]): Link[] {
  const links = new Map<string, Link>()
  for (const each of contexts) {
    const context = trace.getSpanContext(each)
    if (context !== undefined) links.set(`${context.traceId}-${context.spanId}`, { context })
  }
  return [...links.values()]
}

function withBaggageOf(written: Context, context: Context): Context {
  const baggage = propagation.getBaggage(written)
  return baggage === undefined ? context : propagation.setBaggage(context, baggage)
}
