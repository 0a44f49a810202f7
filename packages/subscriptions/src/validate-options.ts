import { isCategory, type Message } from '@mdb/core'
import { type CheckpointStore, isTransactional } from './checkpoint-store.ts'
import type { ElasticGroup } from './consumer-group/elastic-group.ts'
import { InvalidOptionError } from './errors.ts'
import type { ResolvedOptions, SourceOptions } from './options.ts'
import { ALL } from './sources/source-name.ts'
import { requireDelay, requireDelayOrNone } from './validate-delay.ts'

// No `+`: it parts the id from the group's member and size in a checkpoint's key.
const ID = /^[A-Za-z0-9][\w.:/-]{0,199}$/
const MAX_GROUP_SIZE = 32_767

/** Refuses what could not run, before anything is sent. */
export function validateOptions<M extends Message>(options: ResolvedOptions<M>): void {
  const {
    id,
    handler,
    eachPage,
    concurrency,
    failure,
    polling,
    batchSize,
    checkpoints,
    checkpointInterval,
  } = options
  require(typeof id === 'string' && ID.test(id), 'id', id, EXPECTED_ID)
  if (eachPage === undefined) {
    require(typeof handler === 'function', 'handler', handler, 'must be a function')
  } else {
    require(typeof eachPage === 'function', 'eachPage', eachPage, 'must be a function')
    require(handler === undefined, 'handler', handler, 'must not be given beside eachPage')
    require(concurrency === 1, 'concurrency', concurrency, 'is for a handler, not for eachPage')
  }
  require(isCount(concurrency), 'concurrency', concurrency, 'must be an integer, 1 or more')
  require(typeof failure === 'function', 'failure', failure, 'must be a failure policy')
  if (failure.parks === true) {
    const expectation = 'must have a place for parked messages, as tableCheckpoints(db) does'
    require(isTransactional(checkpoints), 'checkpoints', checkpoints, expectation)
  }
  require(typeof polling.next === 'function', 'polling', polling, 'must be a polling strategy')
  require(isCount(batchSize), 'batchSize', batchSize, 'must be an integer, 1 or more')
  if (checkpoints !== undefined) {
    const isStore = typeof checkpoints.load === 'function' && typeof checkpoints.save === 'function'
    require(isStore, 'checkpoints', checkpoints, 'must be a checkpoint store')
  }
  const { wakeUps } = options
  const wakes = wakeUps === undefined || typeof wakeUps.listen === 'function'
  require(wakes, 'wakeUps', wakeUps, 'must have listen, as sharedWatch(store) has')
  const { readFrom } = options
  const reads = readFrom === undefined || (typeof readFrom.using === 'function' && 'db' in readFrom)
  require(reads, 'readFrom', readFrom, 'must be a message store of createMessageStore, on a standby')
  const { observer, clock, stallAfter } = options
  const isTold = observer === undefined || typeof observer === 'function'
  require(isTold, 'observer', observer, 'must be a function')
  const isClock = typeof clock.now === 'function' && typeof clock.sleep === 'function'
  require(isClock, 'clock', clock, 'must have now and sleep, as systemClock has')
  requireDelayOrNone('stallAfter', stallAfter)
  requireDelay('controlInterval', options.controlInterval)
  const { messages, milliseconds } = checkpointInterval
  require(isCount(messages) ||
    messages ===
      Infinity, 'checkpointInterval.messages', messages, 'must be an integer, 1 or more, or Infinity')
  require(milliseconds >=
    0, 'checkpointInterval.milliseconds', milliseconds, 'must be 0 or more; Infinity saves by messages alone')
  validateSource(options.source, checkpoints)
}

function validateSource(source: SourceOptions, checkpoints: CheckpointStore | undefined): void {
  require(typeof source === 'object' && source !== null, 'source', source, EXPECTED_SOURCE)
  const { stream, category, categories, all } = source
  const kinds = [stream, category, categories, all].filter((kind) => kind !== undefined)
  require(kinds.length === 1, 'source', source, EXPECTED_SOURCE)
  validateStart(source)
  if (stream !== undefined) {
    const isStream = isName(stream) && !isCategory(stream)
    require(isStream, 'source.stream', stream, 'must be a stream name with an id')
    return
  }
  if (category !== undefined) {
    require(isCategoryName(category), 'source.category', category, EXPECTED_CATEGORY)
    require(category !== ALL, 'source.category', category, 'must not be the name of all messages')
  }
  if (categories !== undefined) validateCategories(categories)
  if (all !== undefined) {
    require(isTrue(all), 'source.all', all, 'must be true')
    const readsItsOwn = checkpoints?.inMessages === true
    require(!readsItsOwn, 'checkpoints', checkpoints, 'must not be messages, which a source of all messages would read: take tableCheckpoints')
  }
  const { correlation, consumerGroup } = source
  if (correlation !== undefined) {
    require(isCategoryName(correlation), 'source.correlation', correlation, 'must be a category')
  }
  if (consumerGroup === undefined) return
  const { member, size } = consumerGroup
  require(isCount(size) &&
    size <=
      MAX_GROUP_SIZE, 'source.consumerGroup.size', size, `must be an integer from 1 to ${MAX_GROUP_SIZE}`)
  if (member === undefined) {
    validateLease(consumerGroup)
    const expectation = 'is not for elastic groups, whose members begin one by one; give a position'
    require(source.tail === undefined, 'source.tail', source.tail, expectation)
    return
  }
  require(Number.isInteger(member) &&
    member >= 0 &&
    member <
      size, 'source.consumerGroup.member', member, `must be an integer from 0 to ${size - 1}`)
}

function validateStart({ position, tail, since }: SourceOptions): void {
  const starts = [position, tail, since].filter((start) => start !== undefined)
  require(starts.length <= 1, 'source', { position, tail, since }, EXPECTED_START)
  const isPosition = position === undefined || (typeof position === 'bigint' && position >= 0n)
  require(isPosition, 'source.position', position, 'must be a bigint, 0n or more')
  require(tail === undefined || isTrue(tail), 'source.tail', tail, 'must be true')
  const isTime = since === undefined || (since instanceof Date && !Number.isNaN(since.getTime()))
  require(isTime, 'source.since', since, 'must be a valid Date')
  const isPast = since === undefined || since.getTime() <= Date.now()
  require(isPast, 'source.since', since, 'must not be in the future')
}

function validateCategories(categories: readonly string[]): void {
  const isList = Array.isArray(categories) && categories.length > 0
  require(isList, 'source.categories', categories, 'must name at least one category')
  for (const category of categories) {
    // A comma parts them in a checkpoint's key.
    const isOne = isCategoryName(category) && !category.includes(',')
    require(isOne, 'source.categories', category, `${EXPECTED_CATEGORY}, without a comma`)
  }
}

const EXPECTED_CATEGORY = 'must be a category, without an id'
const EXPECTED_START = 'must have at most one of position, tail and since'

function validateLease({ lease = 10_000, heartbeat = lease / 3, processName }: ElasticGroup): void {
  const option = 'source.consumerGroup'
  requireDelay(`${option}.lease`, lease)
  require(lease >= 100, `${option}.lease`, lease, 'must be 100 or more milliseconds')
  require(heartbeat >= 1 &&
    heartbeat <
      lease /
        2, `${option}.heartbeat`, heartbeat, 'must be 1 or more, and less than half the lease')
  const isName =
    processName === undefined || (typeof processName === 'string' && /^.{1,200}$/.test(processName))
  require(isName, `${option}.processName`, processName, 'must hold 1 to 200 characters, in one line')
}

const EXPECTED_ID =
  'must begin with a letter or a digit and hold at most 200 letters, digits and _ . : / -'
const EXPECTED_SOURCE = 'must have one of stream, category, categories and all'

function require(holds: boolean, option: string, value: unknown, expectation: string): void {
  if (!holds) throw new InvalidOptionError(option, value, expectation)
}

// Typed as `true` alone, but callers without types exist.
function isTrue(value: unknown): boolean {
  return value === true
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCategoryName(value: unknown): boolean {
  return isName(value) && isCategory(value)
}
