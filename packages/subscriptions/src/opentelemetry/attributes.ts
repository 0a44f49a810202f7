import type { Attributes } from '@opentelemetry/api'
import { category, type Message } from '@mdb/core'
import type { HandlerContext } from '../options.ts'

/** What spans and metrics are made by. */
export const SCOPE = '@mdb/subscriptions'

/** Which subscription it is, and which member of its group, by the conventions for messaging. */
export function originAttributes({
  subscriptionId,
  consumerGroup,
}: Pick<HandlerContext, 'subscriptionId' | 'consumerGroup'>): Attributes {
  return {
    'messaging.system': 'message_db',
    'messaging.consumer.group.name': subscriptionId,
    ...(consumerGroup && { 'messaging.destination.partition.id': String(consumerGroup.member) }),
  }
}

/** What is done, and with what: few values, so that metrics can have them too. */
export function processAttributes(
  messages: readonly Message[],
  context: HandlerContext,
): Attributes {
  const destination = categoryOf(messages)
  return {
    ...originAttributes(context),
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    ...(destination !== undefined && { 'messaging.destination.name': destination }),
  }
}

/** Which message it is. Positions are text: they may be beyond 2^53. */
export function messageAttributes(message: Message): Attributes {
  return {
    'messaging.message.id': message.id,
    'message_db.message.type': message.type,
    'message_db.stream.name': message.streamName,
    'message_db.message.position': String(message.position),
    'message_db.message.global_position': String(message.globalPosition),
  }
}

/** The category of all the messages; undefined when they are of several. */
export function categoryOf(messages: readonly Message[]): string | undefined {
  const [first, ...others] = new Set(messages.map(({ streamName }) => category(streamName)))
  return others.length === 0 ? first : undefined
}

/** What went wrong, in few values. */
export function errorType(error: unknown): string {
  return error instanceof Error ? error.name : '_OTHER'
}
