import { type Clock, systemClock } from '../clock.ts'
import { backoffDelay, type ReconnectOptions, resolveBackoff } from '../reconnect.ts'
import { concerns, type WakeUps, type WakeUpTopic } from '../wake-ups/wake-ups.ts'
import { DEFAULT_CHANNEL, EVERYTHING } from './channel.ts'

// Milliseconds that a connection has to say goodbye when it is closed.
const LAST_WORD = 1_000

/** What is needed of a `Client` of `pg`. */
export interface ListeningClient {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
  on(
    event: 'notification',
    listener: (message: { readonly payload?: string | undefined }) => void,
  ): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

/** What happens to the connection that listens. */
export type ListenEvent =
  | { readonly type: 'listening' }
  /** The connection is lost, or was not made; it is tried again after so many milliseconds. */
  | { readonly type: 'lost'; readonly error: unknown; readonly delay: number }

/** What `listenWakeUps` takes. */
export interface ListenWakeUpsOptions {
  /** The channel. Default is `mdb`. */
  readonly channel?: string | undefined
  /** How long to wait between tries to connect; it never gives up. */
  readonly reconnect?: ReconnectOptions | undefined
  /**
   * Milliseconds after which a connection that says nothing is asked whether it lives, and given the
   * same time to answer. Default 30,000.
   */
  readonly heartbeat?: number | undefined
  /** Told of the connection. Default is nobody. */
  readonly observer?: ((event: ListenEvent) => void) | undefined
  /** Time. Default is the machine's. */
  readonly clock?: Clock | undefined
}

export interface ListenWakeUps extends WakeUps, AsyncDisposable {
  /** Closes the connection. Subscriptions poll on. */
  close(): Promise<void>
}

/**
 * Wake-ups by LISTEN, over one connection of its own for all subscriptions of the process. When the
 * connection is lost it is made anew, for ever, and then everybody is woken, for the hints that were
 * missed. LISTEN needs a session: a direct connection, or PgBouncer in session mode.
 *
 * @example
 * ```ts
 * import { subscribe } from '@mdb/subscriptions'
 * import { listenWakeUps, pgNotifier } from '@mdb/subscriptions/pg'
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 * import pg from 'pg'
 *
 * await using server = await startEmbeddedPostgres()
 * const { db, store, connectionString } = await server.createDatabase()
 * await using wakeUps = listenWakeUps(() => new pg.Client({ connectionString }))
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   wakeUps,
 *   handler: () => void subscription.stop(),
 * })
 * const run = subscription.run()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * pgNotifier(db).notify('airport')
 * await run
 * ```
 *
 * @param connect makes a client that is not connected yet; called for each connection.
 */
export function listenWakeUps(
  connect: () => ListeningClient,
  options: ListenWakeUpsOptions = {},
): ListenWakeUps {
  const { channel = DEFAULT_CHANNEL, heartbeat = 30_000, observer, clock = systemClock } = options
  const backoff = resolveBackoff(options.reconnect ?? {})
  const listeners = new Set<{ readonly topic: WakeUpTopic; readonly wake: () => void }>()
  const closing = new AbortController()
  const { signal } = closing

  const wakeAll = (): void => {
    for (const { wake } of listeners) wake()
  }
  const onHint = (payload: string): void => {
    if (payload === EVERYTHING) return wakeAll()
    for (const { topic, wake } of listeners) if (concerns(topic, payload)) wake()
  }
  const tell = (event: ListenEvent): void => {
    try {
      observer?.(event)
    } catch {
      // An observer cannot harm what it observes.
    }
  }

  // Rejects when the connection is lost, or closed.
  async function listenOnce(onListening: () => void): Promise<never> {
    const client = connect()
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    client.on('error', (error) => lost.reject(error))
    client.on('end', () => lost.reject(new Error('the connection was closed')))
    const onClose = (): void => lost.reject(signal.reason)
    signal.addEventListener('abort', onClose, { once: true })
    client.on('notification', ({ payload }) => onHint(payload ?? EVERYTHING))
    let connected = false
    try {
      await Promise.race([inTime(client.connect()), lost.promise])
      connected = true
      await Promise.race([inTime(client.query(`listen ${quoted(channel)}`)), lost.promise])
      onListening()
      for (;;) {
        await Promise.race([clock.sleep(heartbeat, signal), lost.promise])
        await Promise.race([inTime(client.query('select 1')), lost.promise])
      }
    } finally {
      signal.removeEventListener('abort', onClose)
      if (!connected) destroySocket(client)
      const ended = client.end().catch(() => undefined)
      // One that is lost may never say that it has ended.
      if (signal.aborted)
        await Promise.race([ended, clock.sleep(LAST_WORD, new AbortController().signal)])
    }
  }

  /** What is not answered within a heartbeat is given up. */
  async function inTime(answer: Promise<unknown>): Promise<void> {
    const answered = new AbortController()
    const tooLate = async (): Promise<void> => {
      await clock.sleep(heartbeat, AbortSignal.any([signal, answered.signal]))
      if (!answered.signal.aborted && !signal.aborted) throw new Error('the connection is silent')
    }
    try {
      await Promise.race([answer, tooLate()])
    } finally {
      answered.abort()
    }
  }

  async function keepListening(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      try {
        await listenOnce(() => {
          failures = 0
          tell({ type: 'listening' })
          wakeAll()
        })
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        const delay = backoffDelay(failures, backoff)
        tell({ type: 'lost', error, delay })
        await clock.sleep(delay, signal)
      }
    }
  }

  const running = keepListening()
  const close = async (): Promise<void> => {
    closing.abort()
    await running
  }
  return {
    listen(topic, wake) {
      const listener = { topic, wake }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

// To end a client that is still connecting waits for the server: its socket would stay, and the process.
function destroySocket(client: ListeningClient): void {
  const { connection } = client as { readonly connection?: { readonly stream?: Destroyable } }
  connection?.stream?.destroy?.()
}

interface Destroyable {
  readonly destroy?: () => void
}
