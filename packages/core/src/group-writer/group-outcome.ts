import { fromServerVersion } from '../expected-version.ts'
import type { WriteResult } from '../message.ts'
import type { Unit } from './unit.ts'

/** What became of a message of a group. */
export const KIND = { written: 0, conflict: 1, duplicate: 2, skipped: 3 } as const

/** What became of a unit. */
export type Outcome =
  | { readonly kind: 'written'; readonly results: WriteResult[] }
  | { readonly kind: 'conflict'; readonly actualVersion: bigint | 'no-stream' }
  | { readonly kind: 'duplicate'; readonly index: number }
  /** The server refused a statement that held nothing but this unit. */
  | { readonly kind: 'refused'; readonly error: unknown }

/** Reads the value of a group's statement, an array of pairs as PostgreSQL writes it: `{{0,4},{2,NULL}}`. */
export function toOutcomes(units: readonly Unit[], value: string): Outcome[] {
  const pairs = value
    .slice(2, -2)
    .split('},{')
    .map((pair) => pair.split(','))
  let at = 0
  return units.map(({ batch }): Outcome => {
    const own = pairs.slice(at, (at += batch.length))
    const [kind, number = ''] = own[0] ?? []
    switch (Number(kind)) {
      case KIND.written:
        return {
          kind: 'written',
          results: batch.map(({ id, streamName }, index) => ({
            id,
            streamName,
            position: BigInt(own[index]?.[1] as string),
          })),
        }
      case KIND.conflict:
        return { kind: 'conflict', actualVersion: fromServerVersion(number) }
      default:
        return { kind: 'duplicate', index: Number(number) }
    }
  })
}
