/**
 * Where to begin when there is no checkpoint, one of three; the beginning when none is given. A
 * checkpoint always wins.
 */
export type StartOptions =
  | {
      /** The first position to read, inclusive. Default is the beginning: 1n, or 0n in a stream. */
      readonly position?: bigint | undefined
      readonly tail?: never
      readonly since?: never
    }
  | {
      /**
       * Only what is written from now on. The head is read at the first start and saved at once, so
       * that a restart goes on from there, whatever was handled in between.
       */
      readonly tail: true
      readonly position?: never
      readonly since?: never
    }
  | {
      /**
       * From the first message whose time is this or later, and then everything, in order. Finding it
       * scans what was written before, once: the place is saved at once.
       */
      readonly since: Date
      readonly position?: never
      readonly tail?: never
    }
