import { cardinalId, hash64, streamName } from '@mdb/core'
import { airportCategory } from '../flight-messages.ts'

/** What was written, and counted for each airport, at a moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Flights. */
  readonly written: number
  readonly arrivals: ReadonlyMap<string, number>
}

/** Milliseconds that a rate is the mean of. */
const window = 3_000

/** The samples that are needed from now on: those in the window, and the last one before it. */
export function remember(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const before = samples.findLastIndex(({ at }) => at <= next.at - window)
  return [...samples.slice(Math.max(0, before)), next]
}

/** Flights written per second. */
export function writingRate(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.at <= first.at) return 0
  return Math.round(((last.written - first.written) * 1_000) / (last.at - first.at))
}

/** Messages handled per second of each member, by what has been counted for its airports since. */
export function ratesOf(samples: readonly Sample[], size: number): Map<number, number> {
  const [first, last] = [samples[0], samples.at(-1)]
  const rates = new Map<number, number>()
  if (first === undefined || last === undefined || last.at <= first.at) return rates
  const seconds = (last.at - first.at) / 1_000
  for (const [airport, arrivals] of last.arrivals) {
    const member = memberOf(airport, size)
    const handled = arrivals - (first.arrivals.get(airport) ?? 0)
    rates.set(member, (rates.get(member) ?? 0) + handled / seconds)
  }
  return new Map([...rates].map(([member, rate]) => [member, Math.round(rate)]))
}

/** The member that an airport's stream falls to, as Message DB reckons. */
export function memberOf(airport: string, size: number): number {
  const hash = hash64(cardinalId(streamName(airportCategory, airport)) ?? '')
  return Number((hash < 0n ? -hash : hash) % BigInt(size))
}
