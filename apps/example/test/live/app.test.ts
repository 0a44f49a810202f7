import { expect, test } from 'vitest'
import { Feed } from '../../src/live/feed.ts'
import type { Command, PageState } from '../../src/live/page-state.ts'
import { RefusedError } from '../../src/live/refused-error.ts'
import { createApp } from '../../src/live/server/app.ts'

const host = 'localhost:4321'
const map = { width: 1, height: 1, land: 'M0,0', borders: '', airports: {} }

function start(perform: (command: Command) => void = () => {}) {
  const feed = new Feed()
  const stop = new AbortController()
  const app = createApp({
    feed,
    map,
    host: '127.0.0.1',
    signal: stop.signal,
    perform: async (command) => perform(command),
  })
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { host, ...headers } })
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    app.request('/commands', {
      method: 'POST',
      headers: { host, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { feed, stop, get, post }
}

test('serves the page and its modules, which may load nothing from elsewhere', async () => {
  const { get } = start()
  const page = await get('/')
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'self'; frame-ancestors 'none'",
  )
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  const html = await page.text()
  for (const [, path] of html.matchAll(/(?:src|href)="(?!#)([^"]*)"/g)) {
    expect((await get(`/${path}`)).status, path).toBe(200)
  }
  expect((await get('/main.js')).headers.get('content-type')).toMatch(/^text\/javascript/)
  expect(await (await get('/map.json')).json()).toEqual(map)
})

test.each([
  '/nothing',
  '/../package.json',
  '/%2e%2e/package.json',
  '/..%2fpackage.json',
  '/tsconfig.json',
])('does not serve %s', async (path) => {
  const { get } = start()
  expect((await get(path)).status).toBe(404)
})

test.each([
  { headers: { host: 'attacker.example:4321' } },
  { headers: { origin: 'http://attacker.example' } },
  { headers: { origin: 'http://localhost:9999' } },
  { headers: { origin: 'null' } },
  { headers: { 'sec-fetch-site': 'cross-site' } },
  { headers: { host: '' } },
])('refuses whoever comes with $headers', async ({ headers }) => {
  const performed: Command[] = []
  const { get, post } = start((command) => void performed.push(command))
  for (const answer of [await get('/events', headers), await post({ command: 'pause' }, headers)]) {
    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({ error: expect.any(String) })
  }
  expect(performed).toEqual([])
})

test.each(['127.0.0.1:4321', '[::1]:4321', 'localhost', '192.168.1.7:80'])(
  'answers to %s',
  async (host) => {
    const { get, post } = start()
    expect((await get('/', { host })).status).toBe(200)
    expect((await post({ command: 'pause' }, { host, origin: `http://${host}` })).status).toBe(204)
  },
)

test.each<Command>([
  { command: 'set speed', flightsPerSecond: 0 },
  { command: 'set speed', flightsPerSecond: 2_000 },
  { command: 'add process' },
  { command: 'kill process', id: 'process-1' },
  { command: 'pause' },
  { command: 'resume' },
  { command: 'break airport', code: 'ORD' },
  { command: 'mend airport', code: 'ORD' },
  { command: 'replay parked', subscriptionId: 'delays', stream: 'airport-ORD' },
  {
    command: 'discard parked',
    subscriptionId: 'delays',
    stream: 'airport-ORD',
    globalPosition: '12',
  },
  { command: 'resize group', size: 6 },
])('does $command', async (command) => {
  const performed: Command[] = []
  const { post } = start((each) => void performed.push(each))
  const answer = await post(command)
  expect(answer.status).toBe(204)
  expect(performed).toEqual([command])
})

test.each([
  { body: 'no json', error: 'not JSON' },
  { body: {}, error: 'command' },
  { body: { command: 'rm -rf' }, error: 'command' },
  { body: { command: 'set speed' }, error: 'flightsPerSecond' },
  { body: { command: 'set speed', flightsPerSecond: -1 }, error: 'flightsPerSecond' },
  { body: { command: 'set speed', flightsPerSecond: '5' }, error: 'flightsPerSecond' },
  { body: { command: 'resize group', size: 0 }, error: 'size' },
  { body: { command: 'resize group', size: 17 }, error: 'size' },
  { body: { command: 'break airport', code: "'; drop" }, error: 'code' },
  { body: { command: 'pause', more: 1 }, error: 'more' },
  {
    body: { command: 'discard parked', subscriptionId: 'delays', stream: 'airport-ORD' },
    error: 'globalPosition',
  },
])('refuses $body', async ({ body, error }) => {
  const performed: Command[] = []
  const { post } = start((command) => void performed.push(command))
  const answer = await post(body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({ error: expect.stringContaining(error) })
  expect(performed).toEqual([])
})

test('takes JSON alone, which a form of another page cannot send, and not too much of it', async () => {
  const { post } = start()
  const form = await post('command=pause', { 'content-type': 'application/x-www-form-urlencoded' })
  expect(form.status).toBe(415)
  expect((await post({ command: 'pause' }, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await post({ command: 'kill process', id: 'x'.repeat(20_000) })).status).toBe(413)
})

test('says why what was asked cannot be done', async () => {
  const { post } = start(() => {
    throw new RefusedError('ORD is not broken')
  })
  const answer = await post({ command: 'mend airport', code: 'ORD' })
  expect(answer.status).toBe(409)
  expect(await answer.json()).toEqual({ error: 'ORD is not broken' })
})

test('pushes all there is, then what changes, and hangs up at the end', async () => {
  const { feed, stop, get } = start()
  const state = (written: number) => ({ flights: { written } }) as PageState
  const airport = (code: string, arrivals: number) =>
    ({ code, name: code, latitude: 0, longitude: 0, arrivals, late: 0, delay: 0 }) as const
  feed.publish(state(1), [airport('ORD', 1), airport('SEA', 0)])

  const answer = await get('/events')
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => {
    const { value } = await reader.read()
    const [, event, data] = /^event: (.*)\ndata: (.*)\n\n$/.exec(value ?? '') ?? []
    return { event, data: data && (JSON.parse(data) as unknown) }
  }
  expect(await read()).toEqual({ event: 'airports', data: [airport('ORD', 1), airport('SEA', 0)] })
  expect(await read()).toEqual({ event: 'state', data: state(1) })

  feed.publish(state(1), [airport('ORD', 1), airport('SEA', 0)])
  feed.publish(state(2), [airport('ORD', 1), airport('SEA', 1)])
  feed.publish(state(3), [airport('ORD', 1), airport('SEA', 2)])
  // Who is slow gets the newest of each.
  expect(await read()).toEqual({ event: 'airports', data: [airport('SEA', 2)] })
  expect(await read()).toEqual({ event: 'state', data: state(3) })
  stop.abort()
  expect(await reader.read()).toEqual({ done: true, value: undefined })
})
