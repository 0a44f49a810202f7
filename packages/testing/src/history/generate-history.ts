import type { ImportedMessage, Metadata } from '@mdb/core'
import { InvalidSettingError } from '../errors.ts'
import { randomFrom, type Random } from '../random.ts'
import { zipf } from './zipf.ts'

/** What {@link generateHistory} generates. */
export interface HistoryOptions {
  /** How many messages. */
  readonly messages: number
  /** An integer. The same seed and options give the same history, to the byte. Default is 0. */
  readonly seed?: number | undefined
  /** The categories, the one with most messages first. Default is `account`, `order` and `shipment`. */
  readonly categories?: readonly string[] | undefined
  /**
   * How many streams stories begin in, of all categories; those that messages follow into come
   * besides. Default is one for 20 messages.
   */
  readonly streams?: number | undefined
  /**
   * How unequal streams are: the exponent of Zipf's law, 0 or more. Default is 1: the second largest
   * has half the messages of the largest, the third a third. 0 makes them about equal.
   */
  readonly skew?: number | undefined
  /**
   * The share of messages, 0 to 1, that follow from an earlier one of another category and say so in
   * their metadata, as Eventide's do. Default is 0.3. Needs two categories.
   */
  readonly correlated?: number | undefined
  /** When it begins. Default is the first instant of 2001, in UTC. */
  readonly from?: Date | undefined
  /** How long between two messages, on average, in milliseconds. Default is 1,000. */
  readonly interval?: number | undefined
  /** About how long the JSON of a message's data is, in bytes, at least 60. Default is 200. */
  readonly dataSize?: number | undefined
}

/** A message of a history: where it will be in an empty store, besides what is imported. */
export interface HistoryMessage extends ImportedMessage {
  readonly data: { readonly sequence: number; readonly amount: number; readonly note: string }
  readonly metadata: Metadata | undefined
  readonly time: Date
  readonly position: bigint
  readonly globalPosition: bigint
}

const RECENT = 1_000
const WORDS =
  'late early heavy light north south paid open closed sent held new old red blue'.split(' ')
const TYPES = ['Opened', 'Changed', 'Moved', 'Charged', 'Closed']
const DATA_OVERHEAD = 50

/**
 * Generates a plausible history: skewed streams of several categories whose messages interleave, with
 * chains that run from one category to another. Generated one by one, so any size fits in memory.
 *
 * @example
 * ```ts
 * import { importMessages } from '@mdb/core'
 * import { startServer } from '@mdb/testing'
 * import { generateHistory } from '@mdb/testing/history'
 *
 * await using server = await startServer()
 * await using database = await server.createDatabase()
 * const history = generateHistory({ seed: 7, messages: 1_000 })
 * await importMessages(database.store, history, { keepTimes: true, batchSize: 5_000 })
 * const [first] = await database.store.getCategoryMessages('account')
 * console.log(first?.globalPosition) // 1n
 * ```
 *
 * @returns the messages in global order, with the positions that they get in an empty store.
 * @throws {InvalidSettingError} for an option out of its range.
 *
 * Metadata has Eventide's names: `causationMessageStreamName`, `correlationStreamName`, …
 */
export function* generateHistory(options: HistoryOptions): Generator<HistoryMessage, void> {
  const settings = resolve(options)
  const { messages, categories, streams, skew, correlated, interval, dataSize } = settings
  const random = randomFrom(settings.seed)
  const streamOf = zipf(streams, skew)
  const ids = Array.from({ length: streams }, () => random.uuid())
  const versions = new Map<string, bigint>()
  const recent: HistoryMessage[] = []
  let time = settings.from.getTime()

  for (let index = 0; index < messages; index += 1) {
    const cause =
      recent.length > 0 && categories.length > 1 && random.fraction() < correlated
        ? recent[random.integer(0, recent.length - 1)]
        : undefined
    const streamName = streamAfter(cause, categories, ids, () => streamOf(random.fraction()))
    const position = (versions.get(streamName) ?? -1n) + 1n
    versions.set(streamName, position)
    if (index > 0) time += -Math.log(1 - random.fraction()) * interval
    const message: HistoryMessage = {
      id: random.uuid(),
      streamName,
      type: typeAt(position, random),
      data: dataOf(index, dataSize, random),
      metadata: cause === undefined ? undefined : following(cause),
      time: new Date(time),
      position,
      globalPosition: BigInt(index + 1),
    }
    recent[index % RECENT] = message
    yield message
  }
}

// Streams are dealt out to categories in turn, so that each has large ones and small ones.
function streamAfter(
  cause: HistoryMessage | undefined,
  categories: readonly string[],
  ids: readonly string[],
  choose: () => number,
): string {
  const chosen = choose()
  const own = categories[chosen % categories.length] ?? ''
  if (cause === undefined) return `${own}-${ids[chosen]}`
  // What follows goes on in the next category, under the id of the story's beginning.
  const split = cause.streamName.indexOf('-')
  const at = categories.indexOf(cause.streamName.slice(0, split))
  return `${categories[(at + 1) % categories.length]}${cause.streamName.slice(split)}`
}

function following({ streamName, position, globalPosition, metadata }: HistoryMessage): Metadata {
  return {
    causationMessageStreamName: streamName,
    causationMessagePosition: Number(position),
    causationMessageGlobalPosition: Number(globalPosition),
    correlationStreamName: metadata?.correlationStreamName ?? streamName,
  }
}

function typeAt(position: bigint, random: Random): string {
  if (position === 0n) return TYPES[0] ?? ''
  return TYPES[random.integer(1, TYPES.length - 1)] ?? ''
}

function dataOf(sequence: number, size: number, random: Random): HistoryMessage['data'] {
  const words: string[] = []
  for (let left = size - DATA_OVERHEAD; left > 0;) {
    const word = WORDS[random.integer(0, WORDS.length - 1)] ?? ''
    words.push(word)
    left -= word.length + 1
  }
  return { sequence, amount: random.integer(1, 100_000) / 100, note: words.join(' ') }
}

type Settings = { readonly [K in keyof HistoryOptions]-?: NonNullable<HistoryOptions[K]> }

function resolve(options: HistoryOptions): Settings {
  const settings: Settings = {
    messages: options.messages,
    seed: options.seed ?? 0,
    categories: options.categories ?? ['account', 'order', 'shipment'],
    streams: options.streams ?? Math.max(1, Math.ceil(options.messages / 20)),
    skew: options.skew ?? 1,
    correlated: options.correlated ?? 0.3,
    from: options.from ?? new Date('2001-01-01T00:00:00Z'),
    interval: options.interval ?? 1_000,
    dataSize: options.dataSize ?? 200,
  }
  check('messages', settings.messages, whole(settings.messages, 0), 'an integer of 0 or more')
  check('seed', settings.seed, Number.isSafeInteger(settings.seed), 'an integer')
  check('streams', settings.streams, whole(settings.streams, 1), 'an integer of 1 or more')
  check('skew', settings.skew, settings.skew >= 0 && settings.skew < 100, '0 to 100')
  check(
    'correlated',
    settings.correlated,
    settings.correlated >= 0 && settings.correlated <= 1,
    '0 to 1',
  )
  check('interval', settings.interval, finite(settings.interval, 0), '0 or more milliseconds')
  check('dataSize', settings.dataSize, finite(settings.dataSize, 60), '60 bytes or more')
  check('from', settings.from, Number.isFinite(settings.from.getTime()), 'a date')
  const named =
    settings.categories.length > 0 && settings.categories.every((each) => isCategory(each))
  check('categories', settings.categories, named, 'one name or more, each without a hyphen')
  return settings
}

function isCategory(name: string): boolean {
  return name !== '' && !name.includes('-')
}

function check(setting: string, value: unknown, valid: boolean, expected: string): void {
  if (!valid) throw new InvalidSettingError(setting, value, expected)
}

function whole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least
}

function finite(value: number, least: number): boolean {
  return Number.isFinite(value) && value >= least
}
