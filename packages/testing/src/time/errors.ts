/** An event was waited for that cannot come any more: what was recorded has ended. */
export class RecordingEndedError<Event extends { readonly type: string }> extends Error {
  readonly code = 'RECORDING_ENDED'
  override readonly name = 'RecordingEndedError'
  /** The type that was waited for. */
  readonly awaited: string
  /** Every event that was recorded, in order. */
  readonly events: readonly Event[]

  constructor(awaited: string, events: readonly Event[]) {
    const last = events.at(-1)
    const cause = last !== undefined && 'error' in last ? last.error : undefined
    const because = cause instanceof Error ? ` with ${cause.name}: ${cause.message}` : ''
    super(
      `No '${awaited}' comes any more: what is recorded has ended${because}. ` +
        `It reported ${events.map(({ type }) => type).join(', ')}. ` +
        "To wait for its next run, take the `next('ended')` of this one first.",
      cause === undefined ? undefined : { cause },
    )
    this.awaited = awaited
    this.events = events
  }
}
