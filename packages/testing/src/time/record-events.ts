import { type WaitOptions, waitingList } from '../waiting.ts'
import { RecordingEndedError } from './errors.ts'
import { hasEnded } from './has-ended.ts'

/** The events of one type. */
export type EventOf<Event, Type> = Extract<Event, { readonly type: Type }>

/** What an observer was told. Made by {@link recordEvents}. */
export interface EventRecorder<Event extends { readonly type: string }> {
  /** To be given to what is observed. */
  readonly observer: (event: Event) => void
  /** Every event, in order. */
  readonly all: readonly Event[]
  /** The types of all events, in order. */
  types(): readonly Event['type'][]
  /**
   * The first event of a type that comes after the one this returned last: it waits for what is
   * reported, never for time.
   *
   * @param matching further says which; default is any of the type.
   * @throws {RecordingEndedError} when none comes any more: after an `ended` that this has not
   *   returned, while nothing else runs that it was told of.
   */
  next<Type extends Event['type']>(
    type: Type,
    matching?: (event: EventOf<Event, Type>) => boolean,
    options?: WaitOptions,
  ): Promise<EventOf<Event, Type>>
}

/**
 * Makes an observer that records what it is told, and lets a test wait for an event. Of a
 * subscription, or of anything whose events have a `type`.
 *
 * @example
 * ```ts
 * import { recordEvents } from '@mdb/testing'
 *
 * type Event = { type: 'live' } | { type: 'checkpointed'; position: bigint }
 * const events = recordEvents<Event>()
 * setImmediate(() => events.observer({ type: 'checkpointed', position: 4n }))
 * const { position } = await events.next('checkpointed')
 * console.log(position, events.types()) // 4n [ 'checkpointed' ]
 * ```
 */
export function recordEvents<Event extends { readonly type: string }>(): EventRecorder<Event> {
  const all: Event[] = []
  let seen = 0
  const waiting = waitingList()
  return {
    all,
    types: () => all.map(({ type }) => type),
    observer(event) {
      all.push(event)
      waiting.notify()
    },
    async next<Type extends Event['type']>(
      type: Type,
      matching: (event: EventOf<Event, Type>) => boolean = () => true,
      { signal }: WaitOptions = {},
    ) {
      return waiting.until(() => {
        const index = all.findIndex(
          (event, at) =>
            at >= seen && event.type === type && matching(event as EventOf<Event, Type>),
        )
        if (index >= 0) {
          seen = index + 1
          return all[index] as EventOf<Event, Type>
        }
        if (seen < all.length && hasEnded(all)) throw new RecordingEndedError(type, [...all])
        return undefined
      }, signal)
    },
  }
}
