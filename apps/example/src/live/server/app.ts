import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { streamSSE } from 'hono/streaming'
import { readCommand } from '../command-schema.ts'
import type { Feed } from '../feed.ts'
import type { MapDrawing } from '../page-state.ts'
import type { Perform } from '../perform.ts'
import { RefusedError } from '../refused-error.ts'
import { refusalOf } from './guard.ts'

export interface AppOptions {
  readonly feed: Feed
  readonly map: MapDrawing
  readonly perform: Perform
  /** The name that the server is asked for by, besides its addresses. */
  readonly host: string
  /** Aborts when the server is to end: it hangs up on those who listen. */
  readonly signal: AbortSignal
}

const page = `${import.meta.dirname}/../../../page`

/** The page, what is pushed to it, and what it may ask. */
export function createApp({ feed, map, perform, host, signal }: AppOptions): Hono {
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'self'"], frameAncestors: ["'none'"] },
      // Served over http, and to this machine.
      strictTransportSecurity: false,
    }),
  )
  app.use(async (context, next) => {
    const refusal = refusalOf(
      {
        host: context.req.header('host'),
        origin: context.req.header('origin'),
        site: context.req.header('sec-fetch-site'),
      },
      host,
    )
    return refusal === undefined ? await next() : context.json({ error: refusal }, 403)
  })

  app.get('/events', (context) =>
    streamSSE(context, async (stream) => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      for await (const event of feed.listen(AbortSignal.any([signal, gone.signal]))) {
        await stream.writeSSE(event)
      }
    }),
  )

  const limited = bodyLimit({
    maxSize: 10_000,
    onError: (context) => context.json({ error: 'That is too much for a command' }, 413),
  })
  app.post('/commands', limited, async (context) => {
    if (context.req.header('content-type')?.split(';', 1)[0] !== 'application/json') {
      return context.json({ error: 'A command is sent as application/json' }, 415)
    }
    const body = await context.req.json<unknown>().catch(() => undefined)
    if (body === undefined) return context.json({ error: 'The body is not JSON' }, 400)
    const read = readCommand(body)
    if ('error' in read) return context.json(read, 400)
    await perform(read.command)
    return context.body(null, 204)
  })

  app.get('/map.json', (context) => context.json(map))
  // What is in no module but types does not concern the page.
  app.get('/tsconfig.json', (context) => context.notFound())
  app.use(serveStatic({ root: page }))

  app.notFound((context) => context.json({ error: 'There is nothing here' }, 404))
  app.onError((error, context) => {
    if (error instanceof RefusedError) return context.json({ error: error.message }, 409)
    console.error(error)
    return context.json({ error: error.message }, 500)
  })
  return app
}
