import type { ExpectedVersion } from '../expected-version.ts'
import type { WriteResult } from '../message.ts'
import type { BatchMessage } from '../writing/batch.ts'

/** The messages of one call to a group writer: written all or none, and not torn apart. */
export interface Unit {
  readonly streamName: string
  readonly batch: readonly BatchMessage[]
  readonly expectedVersion: ExpectedVersion
  readonly idempotent: boolean
  /** Whether it is a single message, whose errors have no index. */
  readonly alone: boolean
  /** What the caller waits for. Settling it again does nothing. */
  readonly settle: PromiseWithResolvers<WriteResult[]>
}
