import { isDeepStrictEqual } from 'node:util'
import { partOf } from './as-expected.ts'

/**
 * The rows as far as those expected speak of them, so that the two compare, and print, side by side:
 * in the order of those expected, each beside a row of its own that has what it names, or else one
 * that comes near. Rows that nobody expected come last, and whole.
 */
export function asExpectedRows(
  rows: readonly object[],
  expected: readonly object[],
): readonly object[] {
  const free = new Set(rows.keys())
  const chosen = expected.map((): number | undefined => undefined)
  for (const [row, index] of matching(rows, expected)) {
    chosen[index] = row
    free.delete(row)
  }
  const beside = expected.flatMap((like, index) => {
    const row = chosen[index] ?? nearest(rows, free, like)
    if (row === undefined) return []
    free.delete(row)
    return [partOf(rows[row] ?? {}, like)]
  })
  return [...beside, ...[...free].map((row) => rows[row] ?? {})]
}

/**
 * As many pairs as there can be. One that names little may have taken the only row for one that
 * names more: then it moves on to another of its own, if there is one.
 */
function matching(
  rows: readonly object[],
  expected: readonly object[],
): ReadonlyMap<number, number> {
  const fits = expected.map((like) =>
    [...rows.keys()].filter((row) => isDeepStrictEqual(partOf(rows[row] ?? {}, like), like)),
  )
  const taken = new Map<number, number>()
  function take(index: number, tried: Set<number>): boolean {
    for (const row of fits[index] ?? []) {
      if (tried.has(row)) continue
      tried.add(row)
      const holder = taken.get(row)
      if (holder !== undefined && !take(holder, tried)) continue
      taken.set(row, index)
      return true
    }
    return false
  }
  for (const index of expected.keys()) take(index, new Set())
  return taken
}

function nearest(
  rows: readonly object[],
  free: ReadonlySet<number>,
  like: object,
): number | undefined {
  const agreeing = (row: number): number => {
    const part = Object.entries(partOf(rows[row] ?? {}, like))
    const wanted = like as Readonly<Record<string, unknown>>
    return part.filter(([column, value]) => isDeepStrictEqual(value, wanted[column])).length
  }
  return [...free].toSorted((a, b) => agreeing(b) - agreeing(a))[0]
}
