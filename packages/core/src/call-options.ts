/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the wait for the answer: the call rejects with the signal's reason. A statement that was
   * sent runs on, so an aborted write may have happened. Default is no signal.
   */
  readonly signal?: AbortSignal | undefined
}
