import { InvalidOptionError } from '../errors.ts'
import type { Observer, SubscriptionEvent } from '../observer.ts'
import { describeEvent } from './describe-event.ts'

/** How important an event is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * What events are logged to: fields first, then the text, as pino has it. `console` fits too; for a
 * logger with the text first, turn the two round.
 */
export type Logger = {
  readonly [Level in LogLevel]: (fields: Readonly<Record<string, unknown>>, text: string) => unknown
}

/** The level of each event; `silent` is not logged. */
export type EventLevels = Readonly<Record<SubscriptionEvent['type'], LogLevel | 'silent'>>

type SomeLevels = { readonly [Type in keyof EventLevels]?: EventLevels[Type] | undefined }

/** The options of `logObserver`. */
export interface LogObserverOptions {
  /**
   * Levels other than the defaults, by event type. By default what goes wrong and is dealt with is a
   * `warn`, what ends a run or sets a message aside an `error`, what repeats all day (`checkpointed`,
   * `live`, `behind`) a `debug`, and the rest an `info`.
   */
  readonly levels?: SomeLevels | undefined
}

const ALLOWED: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error', 'silent'])

const LEVELS: EventLevels = {
  started: 'info',
  live: 'debug',
  behind: 'debug',
  checkpointed: 'debug',
  ended: 'info',
  paused: 'info',
  resumed: 'info',
  moved: 'warn',
  stalled: 'warn',
  progressing: 'info',
  reconnecting: 'warn',
  reconnected: 'info',
  waiting: 'warn',
  'standby behind': 'warn',
  'reading from': 'warn',
  'page failed': 'warn',
  retrying: 'warn',
  parked: 'error',
  'parked behind': 'warn',
  skipped: 'error',
  replayed: 'info',
  'replay failed': 'error',
  released: 'info',
  'checkpoint failed': 'error',
  'release failed': 'warn',
  'member claimed': 'info',
  'member released': 'info',
  'member lost': 'warn',
  resized: 'info',
  'group leave failed': 'warn',
}

/**
 * An observer that logs each event: one line of English, and the event's fields beside it. Bigints are
 * given as text, since JSON has none, and an error as `err`, which pino and its kin write with its
 * stack. A run that `failed` is an `error` and one that was `fenced` a `warn`, whatever `ended` is.
 *
 * @example
 * ```ts
 * import { logObserver } from '@mdb/subscriptions'
 *
 * const observer = logObserver(console, { levels: { live: 'info', checkpointed: 'silent' } })
 * observer({ type: 'live', subscriptionId: 'delays', position: 7n })
 * // { event: 'live', subscriptionId: 'delays', position: '7' } delays: live at position 7
 * ```
 *
 * @throws InvalidOptionError when the logger lacks a method, or a level is none
 */
export function logObserver(logger: Logger, options: LogObserverOptions = {}): Observer {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof logger?.[level] !== 'function') {
      throw new InvalidOptionError('logger', logger, `must have the method ${level}(fields, text)`)
    }
  }
  const levels = { ...LEVELS, ...given(options.levels) }
  return (event) => {
    const level = levelOf(event, levels)
    if (level === 'silent') return
    const { subscriptionId, consumerGroup } = event
    const { member, size } = consumerGroup ?? {}
    const who =
      member === undefined ? subscriptionId : `${subscriptionId} (member ${member} of ${size})`
    logger[level](fieldsOf(event), `${who}: ${describeEvent(event)}`)
  }
}

function given(levels: SomeLevels = {}): Partial<EventLevels> {
  const entries = Object.entries(levels).filter(([, level]) => level !== undefined)
  for (const [type, level] of entries) {
    if (!Object.hasOwn(LEVELS, type)) {
      throw new InvalidOptionError('levels', type, 'must be the type of an event')
    }
    if (!ALLOWED.has(level)) {
      throw new InvalidOptionError(`levels['${type}']`, level, 'must be a level, or silent')
    }
  }
  return Object.fromEntries(entries)
}

function levelOf(event: SubscriptionEvent, levels: EventLevels): LogLevel | 'silent' {
  const level = levels[event.type]
  if (event.type !== 'ended' || level === 'silent') return level
  if (event.reason === 'failed') return 'error'
  return event.reason === 'fenced' ? 'warn' : level
}

function fieldsOf({ type, ...event }: SubscriptionEvent): Readonly<Record<string, unknown>> {
  const { error, ...fields } = event as typeof event & { readonly error?: unknown }
  const plain = withoutBigints({ event: type, ...fields }) as Record<string, unknown>
  return error === undefined ? plain : { ...plain, err: error }
}

/** Also leaves out what is undefined. */
function withoutBigints(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(withoutBigints)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, withoutBigints(each)]),
  )
}
