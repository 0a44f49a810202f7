/** Whether a handler stopped because it was asked to, rather than failed. */
export function gaveUp(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  // Not by `instanceof`: in Jest, Node's errors are of another realm.
  return error === signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError'
}
