/** The store of a subscription is on a standby for the moment. Its SQLSTATE is that of a write there. */
export class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError'
  readonly code = '25006'

  constructor() {
    super(
      'With readFrom, the store of the subscription must be on the primary: this server is a standby',
    )
  }
}
