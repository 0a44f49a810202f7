import { isCategory, type Message } from '@mdb/core'
import { InvalidOptionError } from './errors.ts'
import type { ResolvedOptions, SourceOptions } from './options.ts'

// No `+`: it parts the id from the group's member and size in a checkpoint's key.
const ID = /^[A-Za-z0-9][\w.:/-]{0,199}$/
const MAX_GROUP_SIZE = 32_767

/** Refuses what could not run, before anything is sent. */
export function validateOptions<M extends Message>(options: ResolvedOptions<M>): void {
  const { id, handler, polling, batchSize, checkpoints, checkpointInterval } = options
  require(typeof id === 'string' && ID.test(id), 'id', id, EXPECTED_ID)
  require(typeof handler === 'function', 'handler', handler, 'must be a function')
  require(typeof polling.next === 'function', 'polling', polling, 'must be a polling strategy')
  require(isCount(batchSize), 'batchSize', batchSize, 'must be an integer, 1 or more')
  if (checkpoints !== undefined) {
    const isStore = typeof checkpoints.load === 'function' && typeof checkpoints.save === 'function'
    require(isStore, 'checkpoints', checkpoints, 'must be a checkpoint store')
  }
  const { messages, milliseconds } = checkpointInterval
  require(isCount(messages) ||
    messages ===
      Infinity, 'checkpointInterval.messages', messages, 'must be an integer, 1 or more, or Infinity')
  require(milliseconds >=
    0, 'checkpointInterval.milliseconds', milliseconds, 'must be 0 or more; Infinity saves by messages alone')
  validateSource(options.source)
}

function validateSource(source: SourceOptions): void {
  require(typeof source === 'object' && source !== null, 'source', source, EXPECTED_SOURCE)
  const { stream, category, position } = source
  require((stream === undefined) !== (category === undefined), 'source', source, EXPECTED_SOURCE)
  const isPosition = position === undefined || (typeof position === 'bigint' && position >= 0n)
  require(isPosition, 'source.position', position, 'must be a bigint, 0n or more')

  if (source.stream !== undefined) {
    const isStream = isName(source.stream) && !isCategory(source.stream)
    require(isStream, 'source.stream', source.stream, 'must be a stream name with an id')
    return
  }
  const { correlation, consumerGroup } = source
  require(isCategoryName(
    category,
  ), 'source.category', category, 'must be a category, without an id')
  if (correlation !== undefined) {
    require(isCategoryName(correlation), 'source.correlation', correlation, 'must be a category')
  }
  if (consumerGroup === undefined) return
  const { member, size } = consumerGroup
  require(isCount(size) &&
    size <=
      MAX_GROUP_SIZE, 'source.consumerGroup.size', size, `must be an integer from 1 to ${MAX_GROUP_SIZE}`)
  require(Number.isInteger(member) &&
    member >= 0 &&
    member <
      size, 'source.consumerGroup.member', member, `must be an integer from 0 to ${size - 1}`)
}

const EXPECTED_ID =
  'must begin with a letter or a digit and hold at most 200 letters, digits and _ . : / -'
const EXPECTED_SOURCE = 'must have either a stream or a category'

function require(holds: boolean, option: string, value: unknown, expectation: string): void {
  if (!holds) throw new InvalidOptionError(option, value, expectation)
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
