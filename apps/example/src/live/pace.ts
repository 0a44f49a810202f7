/** How fast flights are written, and what is owed since the last ones. */
export interface Pace {
  /** Flights per second. */
  readonly speed: number
  /** Milliseconds since 1970: what was due until then is written. */
  readonly since: number
  /** The part of a flight that was due then. */
  readonly credit: number
}

/** Flights in one statement, at most. What is not written in time is not caught up with. */
const most = 250

/** How many flights are due now, and the pace from then on. */
export function dueFlights(
  { speed, since, credit }: Pace,
  now: number,
): { readonly due: number; readonly pace: Pace } {
  const owed = Math.min(credit + (Math.max(0, now - since) * speed) / 1_000, most)
  const due = Math.floor(owed)
  return { due, pace: { speed, since: now, credit: owed - due } }
}
