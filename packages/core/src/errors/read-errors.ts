import { MessageStoreError } from './message-store-error.ts'

/** A stream was to be read, but the name has no id: it is a category. */
export class NotAStreamNameError extends MessageStoreError {
  override readonly name = 'NotAStreamNameError'
  readonly code = 'NOT_A_STREAM_NAME'
  readonly streamName: string

  constructor(streamName: string, options?: ErrorOptions) {
    super(
      `${JSON.stringify(streamName)} is a category, not the name of a stream. Expected an id after a hyphen, as in "airport-SEA"; read a category with getCategoryMessages.`,
      options,
    )
    this.streamName = streamName
  }
}

/** A category was to be read, but the name has an id: it is a stream name. */
export class NotACategoryError extends MessageStoreError {
  override readonly name = 'NotACategoryError'
  readonly code = 'NOT_A_CATEGORY'
  readonly category: string

  constructor(category: string, options?: ErrorOptions) {
    super(
      `${JSON.stringify(category)} is not a category. Expected a name without a hyphen, as in "airport"; read a stream with getStreamMessages.`,
      options,
    )
    this.category = category
  }
}

/** The correlation is a stream name. It must be a category. */
export class CorrelationNotACategoryError extends MessageStoreError {
  override readonly name = 'CorrelationNotACategoryError'
  readonly code = 'CORRELATION_NOT_A_CATEGORY'
  readonly correlation: string

  constructor(correlation: string, options?: ErrorOptions) {
    super(
      `Correlation ${JSON.stringify(correlation)} is not a category. Expected the part of the correlation stream's name before the first hyphen, as in "airport".`,
      options,
    )
    this.correlation = correlation
  }
}

/** What is wrong with a consumer group. */
export type ConsumerGroupProblem =
  | 'incomplete'
  | 'not integers'
  | 'size too small'
  | 'size too large'
  | 'negative member'
  | 'member not below size'

/** The consumer group cannot be: its member or its size is missing or out of range. */
export class InvalidConsumerGroupError extends MessageStoreError {
  override readonly name = 'InvalidConsumerGroupError'
  readonly code = 'INVALID_CONSUMER_GROUP'
  readonly problem: ConsumerGroupProblem
  readonly member: unknown
  readonly size: unknown

  constructor(
    problem: ConsumerGroupProblem,
    group: { member?: unknown; size?: unknown },
    options?: ErrorOptions,
  ) {
    super(
      `Consumer group { member: ${String(group.member)}, size: ${String(group.size)} }: ${problem}. Expected integers, 1 ≤ size ≤ 32767 and 0 ≤ member < size.`,
      options,
    )
    this.problem = problem
    this.member = group.member
    this.size = group.size
  }
}

/** The server has SQL conditions switched off. */
export class ConditionsNotActivatedError extends MessageStoreError {
  override readonly name = 'ConditionsNotActivatedError'
  readonly code = 'CONDITIONS_NOT_ACTIVATED'

  constructor(options?: ErrorOptions) {
    super(
      `The server has conditions off: the setting message_store.sql_condition is not 'on'. Read with { activateCondition: true } for this call alone, or activate them for all with ALTER DATABASE … SET message_store.sql_condition = 'on' (or ALTER ROLE …), which new connections have.`,
      options,
    )
  }
}

/** The condition cannot be sent, or the server does not understand it. */
export class InvalidConditionError extends MessageStoreError {
  override readonly name = 'InvalidConditionError'
  readonly code = 'INVALID_CONDITION'
  /** The condition as SQL, when it came that far. */
  readonly condition: string | undefined

  constructor(problem: string, condition?: string, options?: ErrorOptions) {
    super(`The condition cannot be used: ${problem}`, options)
    this.condition = condition
  }
}

/** The batch size is not an integer of at least 1, nor `'unlimited'`. */
export class InvalidBatchSizeError extends MessageStoreError {
  override readonly name = 'InvalidBatchSizeError'
  readonly code = 'INVALID_BATCH_SIZE'
  readonly batchSize: unknown

  constructor(batchSize: unknown, options?: ErrorOptions) {
    super(
      `Batch size ${String(batchSize)} is not an integer of 1 or more, nor 'unlimited'.`,
      options,
    )
    this.batchSize = batchSize
  }
}

/** The position is not a bigint of at least 0n that PostgreSQL can hold. */
export class InvalidPositionError extends MessageStoreError {
  override readonly name = 'InvalidPositionError'
  readonly code = 'INVALID_POSITION'
  readonly position: unknown

  constructor(position: unknown, options?: ErrorOptions) {
    super(
      typeof position === 'number' && Number.isInteger(position)
        ? `Position ${position} is a number. Positions are bigint: write ${position}n.`
        : `Position ${String(position)} is not a bigint from 0n to 9223372036854775807n.`,
      options,
    )
    this.position = position
  }
}

/** The limit of a read is not an integer of at least 1. */
export class InvalidLimitError extends MessageStoreError {
  override readonly name = 'InvalidLimitError'
  readonly code = 'INVALID_LIMIT'
  readonly limit: unknown

  constructor(limit: unknown, options?: ErrorOptions) {
    super(
      `Limit ${String(limit)} is not an integer of 1 or more. Leave it out to read all there are.`,
      options,
    )
    this.limit = limit
  }
}

/** The direction of a read is neither `'forward'` nor `'backward'`. */
export class InvalidDirectionError extends MessageStoreError {
  override readonly name = 'InvalidDirectionError'
  readonly code = 'INVALID_DIRECTION'
  readonly direction: unknown

  constructor(direction: unknown, options?: ErrorOptions) {
    super(`Direction ${String(direction)} is neither 'forward' nor 'backward'.`, options)
    this.direction = direction
  }
}
