import { expect } from 'vitest'
import { expectedTotals } from '../../src/expected-totals.ts'
import { flightMessage } from '../../src/flight-messages.ts'
import type { Flight } from '../../src/flights.ts'
import type { Options } from '../../src/options.ts'
import { longDelay } from '../../src/raise-alert.ts'
import { inspect } from './inspect.ts'

/** Compares all that is in the store with what the file alone says: message by message, then totals. */
export async function expectAsInFile(options: Options, file: readonly Flight[]): Promise<void> {
  const { flights, alerts, totals, checkpoints } = await inspect(options)

  const versions = new Map<string, bigint>()
  const written = file.map(flightMessage).map(({ streamName, message }) => {
    const position = (versions.get(streamName) ?? -1n) + 1n
    versions.set(streamName, position)
    return { streamName, position, ...message }
  })
  expect(
    flights.map(({ id, streamName, position, type, data, metadata }) => ({
      streamName,
      position,
      id,
      type,
      data,
      metadata,
    })),
  ).toEqual(written)

  const arrivals = new Map(flights.map((arrival) => [arrival.data.flight, arrival]))
  const late = file.filter(({ delay }) => delay >= longDelay)
  const byFlight = alerts.toSorted((one, other) => one.data.flight - other.data.flight)
  expect(
    byFlight.map(({ type, position, data, metadata }) => ({ type, position, data, metadata })),
  ).toEqual(
    late.map(({ number, destination, delay }) => {
      const cause = arrivals.get(number)
      return {
        type: 'DelayAlertRaised',
        position: 0n,
        data: { flight: number, airport: destination, delay },
        metadata: {
          causationMessageStreamName: `airport-${destination}`,
          causationMessagePosition: Number(cause?.position),
          causationMessageGlobalPosition: Number(cause?.globalPosition),
          correlationStreamName: `airport-${destination}`,
        },
      }
    }),
  )

  expect(totals).toEqual(expectedTotals(file))
  expect(checkpoints).toEqual([
    { subscription_id: 'alert-counts', group_member: 0, group_size: 1 },
    ...[0, 1, 2, 3].map((group_member) => ({
      subscription_id: 'delays',
      group_member,
      group_size: 4,
    })),
  ])
}
