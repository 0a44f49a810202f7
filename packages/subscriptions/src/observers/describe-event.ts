import type { SubscriptionEvent } from '../observer.ts'

const MOVED_BY = { seek: 'a seek', 'commits lost': 'commits that the database has lost' } as const

/** One line of English about an event, without the id of the subscription. */
export function describeEvent(event: SubscriptionEvent): string {
  switch (event.type) {
    case 'started':
      return `started at position ${event.position}`
    case 'live':
      return `live at ${at(event.position)}`
    case 'behind':
      return `behind at ${at(event.position)}`
    case 'paused':
      return `paused at ${at(event.position)}`
    case 'resumed':
      return `resumed at ${at(event.position)}`
    case 'moved':
      return `moved by ${MOVED_BY[event.reason]}, reads on from position ${event.position}`
    case 'stalled':
      return `stalled at ${at(event.position)}, no progress for ${ms(event.milliseconds)}`
    case 'progressing':
      return `progressing again at ${at(event.position)}, after ${ms(event.milliseconds)}`
    case 'reconnecting':
      return `cannot ${event.operation}, retry ${event.attempt} in ${ms(event.delay)}: ${text(event.error)}`
    case 'reconnected':
      return `can ${event.operation} again, after ${count(event.attempts, 'retry', 'retries')}`
    case 'waiting':
      return (
        `waits for ${count(event.writers.length, 'transaction')} ` +
        `before position ${event.position}, for ${ms(event.milliseconds)} so far`
      )
    case 'standby behind':
      return `waits until the standby has replayed position ${event.position}, for ${ms(event.milliseconds)} so far`
    case 'reading from':
      return event.reason === undefined
        ? `reads from the ${event.server}`
        : `reads from the ${event.server}: the standby ${event.reason === 'promoted' ? 'was promoted' : 'follows another timeline'}`
    case 'page failed':
      return `failed on a page of ${count(event.messages, 'message')}, which are handled one by one: ${text(event.error)}`
    case 'retrying':
      return `failed on ${the(event.message)}, attempt ${event.attempt}, retry in ${ms(event.delay)}: ${text(event.error)}`
    case 'parked':
      return `parked ${the(event.message)} after ${count(event.attempts, 'attempt')}: ${text(event.error)}`
    case 'parked behind':
      return `parked ${the(event.message)}, behind another of its stream`
    case 'skipped':
      return `skipped ${the(event.message)} after ${count(event.attempts, 'attempt')}: ${text(event.error)}`
    case 'replayed':
      return `replayed ${the(event.message)}`
    case 'replay failed':
      return `failed to replay ${the(event.message)}, attempt ${event.attempts}: ${text(event.error)}`
    case 'released':
      return `released stream ${event.streamName}, which has no parked messages left`
    case 'checkpointed':
      return `checkpoint saved at position ${event.position}`
    case 'checkpoint failed':
      return `could not save its checkpoint at ${at(event.position)}: ${text(event.error)}`
    case 'release failed':
      return `could not note that its run is over: ${text(event.error)}`
    case 'member claimed':
      return `claimed member ${event.member} of ${event.size}, epoch ${event.epoch}`
    case 'member released':
      return `released member ${event.member} of ${event.size}, epoch ${event.epoch}`
    case 'member lost':
      return `lost member ${event.member} of ${event.size}, epoch ${event.epoch}: ${text(event.error)}`
    case 'resized':
      return `consumer group resized from ${event.from} to ${event.size} members`
    case 'group leave failed':
      return `could not give its members back: ${text(event.error)}`
    case 'ended':
      return event.reason === 'failed' || event.reason === 'fenced'
        ? `${event.reason} at ${at(event.position)}: ${text(event.error)}`
        : `${event.reason} at ${at(event.position)}`
    default:
      // Does not compile when an event has no line.
      return (event satisfies never as SubscriptionEvent).type
  }
}

function at(position: bigint | undefined): string {
  return position === undefined ? 'no position' : `position ${position}`
}

function the({
  type,
  streamName,
  position,
}: {
  readonly type: string
  readonly streamName: string
  readonly position: bigint
}): string {
  return `${type} at ${position} of ${streamName}`
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds)} ms`
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
