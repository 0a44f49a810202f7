import type { NewMessage } from '../message.ts'

/** A message to import. One that was read from a store is one too. */
export interface ImportedMessage extends NewMessage {
  /** The message's uuid: by it a second run knows what the first one wrote. */
  readonly id: string
  readonly streamName: string
  /** When it was written first, to the millisecond. For `keepTimes`. */
  readonly time?: Date | undefined
}

/** How far an import has come. */
export interface ImportProgress {
  /** How many messages this run has written. */
  readonly written: number
  /** How many were in the store already. */
  readonly skipped: number
}
