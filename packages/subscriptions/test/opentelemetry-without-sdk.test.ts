import { subscribe } from '@mdb/subscriptions'
import {
  measured,
  measuredPage,
  metricsObserver,
  traced,
  tracedPage,
  withTraceContext,
} from '@mdb/subscriptions/opentelemetry'
import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
import type { Counted } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'pglite' })

test('without an SDK everything runs as if it were not there', async ({ store }) => {
  const counted = { type: 'Counted', data: { n: 1 } }
  expect(withTraceContext(counted)).toEqual(counted)
  await store.writeMessage('airport-SEA', withTraceContext(counted))
  await store.writeMessage('airport-SEA', { ...counted, metadata: { traceparent: 'nonsense' } })

  const observe = metricsObserver()
  const seen: number[] = []
  const subscription = subscribe(store, {
    id: 'delays',
    source: { category: 'airport' },
    handler: traced(measured(({ data }: Counted) => void seen.push(data.n))),
    observer(event) {
      observe(event)
      if (event.type === 'live') void subscription.stop()
    },
  })
  await subscription.run()
  const pages = subscribe(store, {
    id: 'pages',
    source: { category: 'airport' },
    eachPage: tracedPage(measuredPage((messages) => void seen.push(messages.length))),
    observer: ({ type }) => void (type === 'live' && pages.stop()),
  })
  await pages.run()
  expect(seen).toEqual([1, 1, 2])
})
