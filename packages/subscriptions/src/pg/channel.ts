/** The channel of hints, unless another is chosen. */
export const DEFAULT_CHANNEL = 'mdb'

/** The payload of a hint that concerns every category; empty, as a bare NOTIFY has it. */
export const EVERYTHING = ''
