import type { SourceOptions } from '../options.ts'

/** The name of the source of all messages, in checkpoints and errors. */
export const ALL = '$all'

/** What is read, as one name: for checkpoint keys and errors. */
export function sourceName({ stream, category, categories }: SourceOptions): string {
  if (categories !== undefined) return [...new Set(categories)].toSorted().join(',')
  return stream ?? category ?? ALL
}
