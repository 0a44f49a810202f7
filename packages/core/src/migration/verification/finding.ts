/** What {@link Finding.code} can be. */
export type FindingCode =
  | 'not-installed'
  | 'server-too-old'
  | 'version-outdated'
  | 'version-unknown'
  | 'type-missing'
  | 'type-changed'
  | 'table-missing'
  | 'table-changed'
  | 'column-missing'
  | 'column-changed'
  | 'column-unexpected'
  | 'function-missing'
  | 'function-changed'
  | 'function-overloaded'
  | 'index-missing'
  | 'index-changed'
  | 'index-invalid'
  | 'index-unexpected'
  | 'view-missing'
  | 'view-changed'
  | 'privilege-missing'
  | 'consumer-group-index-invalid'
  | 'consumer-group-index-building'
  | 'consumer-group-index-unsettled'
  | 'role-missing'
  | 'conditions-off'

/** One thing that {@link verify} found to be other than the official installation makes it. */
export interface Finding {
  readonly code: FindingCode
  /** `'error'`: calls fail, lie or crawl. `'notice'`: worth knowing. */
  readonly severity: 'error' | 'notice'
  /** What it is about: `function write_message`, `index messages_stream`. */
  readonly subject: string
  readonly found: string
  readonly expected: string
  /**
   * What to run against it: SQL, or a call of `@mdb/core/migration` beginning with `await`. Read it
   * before you run it: it undoes what somebody may have done on purpose.
   */
  readonly command: string
  /** The calls of a store that fail because of it, where a right is missing. */
  readonly calls?: readonly string[]
}

/** The same text whatever its line breaks and indentation. */
export function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
