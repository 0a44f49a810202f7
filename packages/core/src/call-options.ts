/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the wait for the answer: the call rejects with the signal's reason. A statement that was
   * sent runs on, so an aborted write may have happened. Default is no signal.
   */
  readonly signal?: AbortSignal | undefined
}

/** What a call that reads a page takes. */
export interface PageCallOptions extends CallOptions {
  /**
   * Called when the page is there and its JSON is not decoded yet, which takes about as long as the
   * server takes for a page: who reads on asks for the next page from here. Default is no call.
   */
  readonly onRows?: ((rows: PageRows) => void) | undefined
}

/** A page that has come. */
export interface PageRows {
  /** How many messages it has: fewer than `batchSize` means that there are no more. */
  readonly count: number
  /** The position of the last one, as the read counts; undefined when there is none. */
  readonly lastPosition: bigint | undefined
}
