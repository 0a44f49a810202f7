import {
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { follow, InvalidMetadataError, type MessageStore } from '@mdb/core'
import {
  type HandlerContext,
  HandlerError,
  retryThenSkip,
  type ReadableStore,
  subscribe,
  type AtLeastOnceOptions,
  type AtLeastOncePageOptions,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { traced, tracedPage, withTraceContext } from '@mdb/subscriptions/opentelemetry'
import { messageStoreTest } from '@mdb/testing/vitest'
import { beforeAll, beforeEach, describe, expect } from 'vitest'
import { messageAt } from './support/scripted-store.ts'

const test = messageStoreTest({ backend: 'pglite' })
const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = provider.getTracer('test')

beforeAll(() => {
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  )
})

beforeEach(() => exporter.reset())

const departed = { type: 'FlightDeparted', data: { delay: 12 }, metadata: { userId: '7' } }

/** Writes a message in a span, as a producer does. */
function produce(
  store: Pick<MessageStore<unknown>, 'writeMessage'>,
  streamName = 'airport-SEA',
): Promise<Span> {
  return tracer.startActiveSpan('produce', async (span) => {
    await store.writeMessage(streamName, withTraceContext(departed))
    span.end()
    return span
  })
}

async function run(
  store: ReadableStore,
  work:
    | (Partial<AtLeastOnceOptions> & Pick<AtLeastOnceOptions, 'handler'>)
    | Pick<AtLeastOncePageOptions, 'eachPage'>,
): Promise<void> {
  const subscription = subscribe(store, {
    id: 'delays',
    source: { category: 'airport' },
    ...work,
    observer: ({ type }) => void (type === 'live' && subscription.stop()),
  })
  await subscription.run()
}

/** The spans of handlers, each once it has ended. */
function handled(): ReadableSpan[] {
  return exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CONSUMER)
}

const given = (signal = new AbortController().signal): HandlerContext => ({
  subscriptionId: 'delays',
  signal,
})

describe('a traced handler', () => {
  test('is a span of its own trace, linked to the span that the message was written in', async ({
    store,
  }) => {
    const producer = await produce(store)
    await run(store, { handler: traced(() => {}) })
    const [message] = await store.getStreamMessages('airport-SEA')
    const [span, ...others] = handled()
    expect(others).toEqual([])
    expect(span?.name).toBe('process airport')
    expect(span?.instrumentationScope.name).toBe('@mdb/subscriptions')
    expect(span?.parentSpanContext).toBeUndefined()
    expect(span?.spanContext().traceId).not.toBe(producer.spanContext().traceId)
    expect(span?.links.map((link) => link.context)).toMatchObject([
      { traceId: producer.spanContext().traceId, spanId: producer.spanContext().spanId },
    ])
    expect(span?.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(span?.attributes).toEqual({
      'messaging.system': 'message_db',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'airport',
      'messaging.consumer.group.name': 'delays',
      'messaging.message.id': message?.id,
      'message_db.message.type': 'FlightDeparted',
      'message_db.stream.name': 'airport-SEA',
      'message_db.message.position': '0',
      'message_db.message.global_position': '1',
    })
  })

  test('goes on in the producer’s trace when asked to', async ({ store }) => {
    const producer = await produce(store)
    await run(store, { handler: traced(() => {}, { producer: 'parent' }) })
    const [span] = handled()
    expect(span?.parentSpanContext).toMatchObject({ spanId: producer.spanContext().spanId })
    expect(span?.spanContext().traceId).toBe(producer.spanContext().traceId)
    expect(span?.links).toEqual([])
  })

  test('is the parent of spans inside, and what is written there links to it', async ({
    store,
  }) => {
    await produce(store)
    await run(store, {
      handler: traced(async (message) => {
        await tracer.startActiveSpan('inside', async (span) => {
          await Promise.resolve()
          const alert = { type: 'AlertRaised', data: {} }
          await store.writeMessage('alert-1', withTraceContext(follow(message, alert)))
          span.end()
        })
      }),
    })
    const [span] = handled()
    const inside = exporter.getFinishedSpans().find(({ name }) => name === 'inside')
    expect(inside?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId)
    const { traceId, spanId } = inside!.spanContext()
    expect((await store.getLastStreamMessage('alert-1'))?.metadata).toMatchObject({
      causationMessageStreamName: 'airport-SEA',
      traceparent: `00-${traceId}-${spanId}-01`,
    })
  })

  test('is in no trace that happened to be active around the run', async ({ store }) => {
    await produce(store)
    await tracer.startActiveSpan('startup', async (startup) => {
      await run(store, { handler: traced(() => {}, { producer: 'parent' }) })
      await store.writeMessage('airport-JFK', departed)
      await run(store, { handler: traced(() => {}) })
      startup.end()
      for (const span of handled()) {
        expect(span.spanContext().traceId).not.toBe(startup.spanContext().traceId)
      }
    })
    expect(handled()).toHaveLength(3)
  })

  test('records what it throws, sets the status, and throws it on', async ({ store }) => {
    await produce(store)
    const failure = new TypeError('no gate')
    const running = run(store, {
      handler: traced(() => {
        throw failure
      }),
    })
    await expect(running).rejects.toSatisfy(
      (error) => error instanceof HandlerError && error.cause === failure,
    )
    const [span] = handled()
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no gate' })
    expect(span?.attributes['error.type']).toBe('TypeError')
    expect(span?.events).toMatchObject([
      { name: 'exception', attributes: { 'exception.message': 'no gate' } },
    ])
  })

  test('has a span for each attempt', async ({ store }) => {
    await produce(store)
    let attempts = 0
    await run(store, {
      failure: retryThenSkip({ attempts: 3, min: 1, max: 1 }),
      handler: traced(async () => {
        attempts += 1
        // oxlint-disable-next-line typescript/only-throw-error
        if (attempts < 3) throw 'not an Error'
      }),
    })
    expect(handled().map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ])
    expect(handled()[0]?.attributes['error.type']).toBe('_OTHER')
  })

  test('that gives up because the run ends has not failed', async () => {
    const controller = new AbortController()
    controller.abort()
    const handler = traced(async (_, { signal }: HandlerContext) => signal.throwIfAborted())
    await expect(handler(messageAt('airport-SEA', 0n), given(controller.signal))).rejects.toThrow()
    const [span] = handled()
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
    expect(span?.events).toEqual([])
    expect(span?.attributes['message_db.gave_up']).toBe(true)
  })

  test('tells the member of its group', async ({ store }) => {
    await produce(store)
    for (const member of [0, 1]) {
      const source = { category: 'airport', consumerGroup: { member, size: 2 } }
      await run(store, { source, handler: traced(() => {}) })
    }
    const [span, ...others] = handled()
    expect(others).toEqual([])
    expect(span?.attributes['messaging.destination.partition.id']).toMatch(/^[01]$/)
  })

  test('gets the transaction in transactional mode', async ({ db, store }) => {
    await installCheckpoints(db)
    await produce(store)
    const subscription = subscribe(store, {
      id: 'delays',
      source: { category: 'airport' },
      transactional: 'message',
      checkpoints: tableCheckpoints(db),
      handler: traced(async (message, { trx, store: own, consumerGroup, subscriptionId }) => {
        expect(trx.isTransaction).toBe(true)
        expect([subscriptionId, consumerGroup]).toEqual(['delays', undefined])
        await own.writeMessage('seen-1', withTraceContext(follow(message, departed)))
      }),
      observer: ({ type }) => void (type === 'live' && subscription.stop()),
    })
    await subscription.run()
    const [span] = handled()
    expect((await store.getLastStreamMessage('seen-1'))?.metadata).toHaveProperty(
      'traceparent',
      `00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`,
    )
  })

  test('brings the baggage along, whatever the producer is', async ({ store }) => {
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () => produce(store))
    for (const producer of ['link', 'parent'] as const) {
      const tenants: unknown[] = []
      const handler = traced(
        () => void tenants.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value),
        { producer },
      )
      await run(store, { handler })
      expect(tenants).toEqual(['blue'])
    }
  })

  test.for([
    undefined,
    null,
    'text',
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    { traceparent: 7 },
    { traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'] },
    { traceparent: 'nonsense', tracestate: 'a=b' },
    { traceparent: '00-00000000000000000000000000000000-0000000000000000-01' },
  ])('takes metadata that is no trace context for none: %j', async (metadata) => {
    for (const producer of ['link', 'parent'] as const) {
      const handler = traced(() => {}, { producer })
      await handler({ ...messageAt('airport-SEA', 0n), metadata }, given())
    }
    expect(handled()).toHaveLength(2)
    expect(handled().flatMap(({ links }) => links)).toEqual([])
    expect(handled().map((span) => span.parentSpanContext)).toEqual([undefined, undefined])
  })
})

describe('a traced page handler', () => {
  test('is one span, linked to each producer once', async ({ store }) => {
    const [one, other] = [await produce(store), await produce(store, 'airport-JFK')]
    await tracer.startActiveSpan('several', async (span) => {
      await store.writeMessages(
        'airport-ATL',
        [departed, departed].map((each) => withTraceContext(each)),
        {},
      )
      span.end()
    })
    await run(store, { eachPage: tracedPage(() => {}) })
    const [span, ...others] = handled()
    expect(others).toEqual([])
    expect(span?.name).toBe('process airport')
    expect(span?.attributes['messaging.batch.message_count']).toBe(4)
    expect(span?.links).toHaveLength(3)
    expect(span?.links.slice(0, 2).map((link) => link.context.spanId)).toEqual([
      one.spanContext().spanId,
      other.spanContext().spanId,
    ])
  })

  test('of several categories names none', async () => {
    const messages = [messageAt('airport-SEA', 0n), messageAt('alert-1', 1n)]
    await tracedPage(() => {})(messages, given())
    expect(handled()[0]?.name).toBe('process')
    expect(handled()[0]?.attributes).not.toHaveProperty('messaging.destination.name')
  })
})

describe('withTraceContext', () => {
  test('adds to the metadata, and changes nothing that was given', () => {
    tracer.startActiveSpan('produce', (span) => {
      const { traceId, spanId } = span.spanContext()
      const traceparent = `00-${traceId}-${spanId}-01`
      expect(withTraceContext(departed)).toEqual({
        ...departed,
        metadata: { userId: '7', traceparent },
      })
      expect(departed.metadata).toEqual({ userId: '7' })
      expect(withTraceContext({ type: 'A', data: 1 })).toEqual({
        type: 'A',
        data: 1,
        metadata: { traceparent },
      })
      span.end()
    })
  })

  test('without a span leaves the metadata as it is', () => {
    expect(withTraceContext(departed)).toEqual(departed)
    expect(withTraceContext({ type: 'A', data: 1 })).toEqual({ type: 'A', data: 1 })
  })

  test('takes a context and a propagator', () => {
    const own = trace.setSpanContext(context.active(), tracer.startSpan('other').spanContext())
    const propagator = new W3CTraceContextPropagator()
    expect(withTraceContext(departed, { context: own, propagator }).metadata).toHaveProperty(
      'traceparent',
    )
  })

  test.for(['text', 7, true, ['a']])('refuses metadata with no keys: %j', (metadata) => {
    expect(() => withTraceContext({ ...departed, metadata } as never)).toThrow(InvalidMetadataError)
  })
})
