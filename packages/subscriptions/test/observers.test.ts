import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
  combineObservers,
  InvalidOptionError,
  type Logger,
  logObserver,
  type SubscriptionEvent,
} from '@mdb/subscriptions'

const message = {
  id: 'x',
  streamName: 'airport-SEA',
  type: 'Departed',
  position: 3n,
  globalPosition: 9n,
}
const error = new Error('no gate')
const lease = { member: 1, size: 4, epoch: 2n }
const about = { subscriptionId: 'delays' }

type Body<E> = E extends unknown ? Omit<E, 'subscriptionId' | 'consumerGroup'> : never

// One of each; the type asks for a new one.
const events: {
  readonly [T in SubscriptionEvent['type']]: Omit<
    Body<Extract<SubscriptionEvent, { type: T }>>,
    'type'
  >
} = {
  started: { position: 4n, checkpoint: 3n, epoch: 1n },
  live: { position: 7n },
  behind: { position: undefined },
  paused: { position: 7n },
  resumed: { position: 7n },
  moved: { reason: 'seek', position: 3n, checkpoint: 2n },
  stalled: { position: 7n, milliseconds: 60_000 },
  progressing: { position: 7n, milliseconds: 61_000 },
  reconnecting: { operation: 'read', attempt: 2, delay: 12.6, error },
  reconnected: { operation: 'read', attempts: 1 },
  'standby behind': { position: 8n, milliseconds: 1000 },
  'reading from': { server: 'primary', reason: 'promoted' },
  waiting: { position: 8n, milliseconds: 1000, writers: [{ pid: 7, transaction: '3/4' }] },
  'page failed': { messages: 5, error },
  retrying: { message, attempt: 1, delay: 100, error },
  parked: { message, attempts: 3, error },
  'parked behind': { message },
  skipped: { message, attempts: 1, error: 'text' },
  replayed: { message },
  'replay failed': { message, attempts: 4, error },
  released: { streamName: 'airport-SEA' },
  checkpointed: { position: 2n ** 60n },
  'checkpoint failed': { position: 7n, error },
  'release failed': { error },
  'member claimed': lease,
  'member released': lease,
  'member lost': { ...lease, error },
  resized: { from: 4, size: 8 },
  'group leave failed': { error },
  ended: { reason: 'stopped', position: 7n, error: undefined },
}
const all = Object.entries(events).map(
  ([type, fields]) => ({ ...about, type, ...fields }) as SubscriptionEvent,
)

function memoryLogger() {
  const lines: [level: string, text: string, fields: Readonly<Record<string, unknown>>][] = []
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, text: string) =>
    void lines.push([level, text, fields])
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
  return { logger, lines }
}

describe('logObserver', () => {
  test('has a level and a line for each event', () => {
    const { logger, lines } = memoryLogger()
    const observer = logObserver(logger)
    for (const event of all) observer(event)
    expect(lines.map(([level, text]) => `${level} ${text}`)).toMatchInlineSnapshot(`
      [
        "info delays: started at position 4",
        "debug delays: live at position 7",
        "debug delays: behind at no position",
        "info delays: paused at position 7",
        "info delays: resumed at position 7",
        "warn delays: moved by a seek, reads on from position 3",
        "warn delays: stalled at position 7, no progress for 60000 ms",
        "info delays: progressing again at position 7, after 61000 ms",
        "warn delays: cannot read, retry 2 in 13 ms: no gate",
        "info delays: can read again, after 1 retry",
        "warn delays: waits until the standby has replayed position 8, for 1000 ms so far",
        "warn delays: reads from the primary: the standby was promoted",
        "warn delays: waits for 1 transaction before position 8, for 1000 ms so far",
        "warn delays: failed on a page of 5 messages, which are handled one by one: no gate",
        "warn delays: failed on Departed at 3 of airport-SEA, attempt 1, retry in 100 ms: no gate",
        "error delays: parked Departed at 3 of airport-SEA after 3 attempts: no gate",
        "warn delays: parked Departed at 3 of airport-SEA, behind another of its stream",
        "error delays: skipped Departed at 3 of airport-SEA after 1 attempt: text",
        "info delays: replayed Departed at 3 of airport-SEA",
        "error delays: failed to replay Departed at 3 of airport-SEA, attempt 4: no gate",
        "info delays: released stream airport-SEA, which has no parked messages left",
        "debug delays: checkpoint saved at position 1152921504606846976",
        "error delays: could not save its checkpoint at position 7: no gate",
        "warn delays: could not note that its run is over: no gate",
        "info delays: claimed member 1 of 4, epoch 2",
        "info delays: released member 1 of 4, epoch 2",
        "warn delays: lost member 1 of 4, epoch 2: no gate",
        "info delays: consumer group resized from 4 to 8 members",
        "warn delays: could not give its members back: no gate",
        "info delays: stopped at position 7",
      ]
    `)
  })

  test('gives the fields as JSON can hold them, the error as it is', () => {
    const { logger, lines } = memoryLogger()
    const observer = logObserver(logger)
    for (const event of all) observer(event)
    for (const [, , fields] of lines) expect(() => JSON.stringify(fields)).not.toThrow()
    const fieldsOf = (type: string) => lines.find(([, , { event }]) => event === type)?.[2]
    expect(fieldsOf('checkpointed')).toEqual({
      event: 'checkpointed',
      subscriptionId: 'delays',
      position: '1152921504606846976',
    })
    expect(fieldsOf('retrying')).toEqual({
      event: 'retrying',
      subscriptionId: 'delays',
      message: { ...message, position: '3', globalPosition: '9' },
      attempt: 1,
      delay: 100,
      err: error,
    })
    expect(fieldsOf('retrying')?.['err']).toBe(error)
    expect(fieldsOf('waiting')?.['writers']).toEqual([{ pid: 7, transaction: '3/4' }])
    expect(fieldsOf('behind')).not.toHaveProperty('position')
  })

  test('names the member, and a failed or fenced run is more than an ended one', () => {
    const { logger, lines } = memoryLogger()
    const observer = logObserver(logger, { levels: { ended: 'debug', live: 'error' } })
    const member = { ...about, consumerGroup: { member: 1, size: 4 } }
    observer({ ...member, type: 'live', position: 7n })
    for (const reason of ['failed', 'fenced', 'aborted'] as const) {
      observer({ ...about, type: 'ended', reason, position: undefined, error })
    }
    expect(lines.map(([level, text]) => `${level} ${text}`)).toEqual([
      'error delays (member 1 of 4): live at position 7',
      'error delays: failed at no position: no gate',
      'warn delays: fenced at no position: no gate',
      'debug delays: aborted at no position',
    ])
  })

  test('is silent where it is told to be, and an undefined level is the default', () => {
    const { logger, lines } = memoryLogger()
    const observer = logObserver(logger, { levels: { ended: 'silent', live: undefined } })
    observer({ ...about, type: 'ended', reason: 'failed', position: 7n, error })
    observer({ ...about, type: 'live', position: 7n })
    expect(lines.map(([level]) => level)).toEqual(['debug'])
  })

  test('calls the methods on the logger itself', () => {
    class Counting {
      lines = 0
      debug(): void {
        this.lines += 1
      }
      info = this.debug
      warn = this.debug
      error = this.debug
    }
    const logger = new Counting()
    logObserver(logger)({ ...about, type: 'live', position: 7n })
    expect(logger.lines).toBe(1)
  })

  test('refuses what is no logger, no event and no level', () => {
    const { logger } = memoryLogger()
    expect(() => logObserver({ ...logger, warn: undefined } as never)).toThrow(InvalidOptionError)
    expect(() => logObserver(undefined as never)).toThrow(/must have the method debug/)
    expect(() => logObserver(logger, { levels: { born: 'info' } as never })).toThrow(/"born"/)
    expect(() => logObserver(logger, { levels: { live: 'loud' } as never })).toThrow(/'live'/)
  })
})

describe('combineObservers', () => {
  test('tells all in order, whatever one of them does', async () => {
    const warned = once(process, 'warning')
    const told: string[] = []
    const observer = combineObservers(
      ({ type }) => void told.push(`one ${type}`),
      undefined,
      () => {
        throw error
      },
      ({ type }) => void told.push(`two ${type}`),
    )
    observer({ ...about, type: 'live', position: 7n })
    expect(told).toEqual(['one live', 'two live'])
    expect(await warned).toMatchObject([{ code: 'MDB_OBSERVER' }])
  })
})
