/** Whether a handler stopped because it was asked to, rather than failed. */
export function gaveUp(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
