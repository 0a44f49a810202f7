// What the server tells the page, and what the page may ask of it. The page knows nothing else.

/**
 * `GET /map.json`, which never changes: the United States, already projected, as paths of SVG. (The
 * page so needs no library, and no modules of others are served.)
 */
export interface MapDrawing {
  readonly width: number
  readonly height: number
  /** The `d` of a `<path>`. */
  readonly land: string
  /** The `d` of a `<path>`: the borders between the states. */
  readonly borders: string
  /** Where each airport of the file lies, by its code; without those that are off the map (Puerto Rico). */
  readonly airports: Readonly<Record<string, readonly [x: number, y: number]>>
}

/** Pushed as the event `state`, whole, some times a second while anything changes. */
export interface PageState {
  /** One process on PGlite, or a process per member on PostgreSQL. */
  readonly database: 'PGlite' | 'PostgreSQL'
  /** It does not answer; the rest is what was seen last. */
  readonly databaseLost: boolean
  readonly flights: {
    readonly inFile: number
    readonly written: number
    /** Flights to be written per second of the clock; 0 while the replay is held. */
    readonly speed: number
    /** Flights that were written per second, of the last seconds. */
    readonly rate: number
  }
  readonly group: GroupState
  readonly parked: readonly ParkedState[]
  /** Codes of the airports whose handler throws, from `break airport` to `mend airport`. */
  readonly broken: readonly string[]
  readonly worst: readonly WorstAirport[]
  readonly totals: TotalsState
  /** What was done last, newest last: `killed process 4711`. At most 50. */
  readonly events: readonly PageEvent[]
}

/** Pushed as the event `airports`: those that changed; all of them when a page connects. */
export interface AirportState {
  readonly code: string
  readonly name: string
  readonly latitude: number
  readonly longitude: number
  readonly arrivals: number
  readonly late: number
  /** Minutes late, of all the arrivals together; those that came early count below 0. */
  readonly delay: number
}

export interface GroupState {
  readonly size: number
  /** While it is being resized. */
  readonly resizing: { readonly to: number } | undefined
  readonly paused: boolean
  readonly members: readonly MemberState[]
  readonly processes: readonly ProcessState[]
}

export interface MemberState {
  readonly member: number
  /** Behind when a message waits for two seconds; unknown while the database is lost. */
  readonly state: 'live' | 'behind' | 'paused' | 'unclaimed' | 'unknown'
  /** The process that holds the lease. */
  readonly owner: string | undefined
  readonly position: string
  readonly lagMessages: number
  readonly lagSeconds: number
  /** Messages handled per second, of the last seconds. */
  readonly rate: number
}

export interface ProcessState {
  readonly id: string
  /** Undefined for those that live within this process, on PGlite. */
  readonly pid: number | undefined
  readonly state: 'starting' | 'running' | 'killed' | 'stopped'
  readonly members: readonly number[]
}

export interface ParkedState {
  readonly subscriptionId: string
  readonly stream: string
  readonly globalPosition: string
  readonly type: string
  readonly error: string
  readonly attempts: number
  /** Later messages of the stream that wait behind it. */
  readonly waiting: number
}

export interface WorstAirport {
  readonly code: string
  readonly name: string
  readonly state: string
  readonly arrivals: number
  readonly late: number
  readonly averageDelay: number
  readonly alerts: number
}

/** Of the flights that are written: what the file says, and what the projection says. */
export interface TotalsState {
  readonly expected: { readonly arrivals: number; readonly late: number; readonly delay: number }
  readonly projected: { readonly arrivals: number; readonly late: number; readonly delay: number }
  /** What was parked and then discarded, and so is in no projection. */
  readonly discarded: { readonly arrivals: number; readonly late: number; readonly delay: number }
  /** Messages that are written and not yet handled, parked ones among them. */
  readonly outstanding: number
  /** They agree where nothing is missing but what was discarded. */
  readonly state: 'agree' | 'behind' | 'differ' | 'unknown'
}

export interface PageEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
}

/** The body of a `POST /commands`, as JSON. Answered by 204, or 4xx with `{ "error": string }`. */
export type Command =
  | { readonly command: 'set speed'; readonly flightsPerSecond: number }
  | { readonly command: 'add process' }
  | { readonly command: 'kill process'; readonly id: string }
  | { readonly command: 'pause' }
  | { readonly command: 'resume' }
  /** The handler throws for arrivals at this airport, until it is mended. */
  | { readonly command: 'break airport'; readonly code: string }
  | { readonly command: 'mend airport'; readonly code: string }
  | { readonly command: 'replay parked'; readonly subscriptionId: string; readonly stream: string }
  /** Of the first message of the stream; refused when another one is first by now. */
  | {
      readonly command: 'discard parked'
      readonly subscriptionId: string
      readonly stream: string
      readonly globalPosition: string
    }
  | { readonly command: 'resize group'; readonly size: number }
