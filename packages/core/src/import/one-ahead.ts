/**
 * Asks for the next value while the one before it is being used. An abort does not wait for a source
 * that stands still.
 */
export async function* oneAhead<T>(
  source: AsyncGenerator<T, void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal?.reason)
  // It is told through the race below, if that is still on.
  aborted.promise.catch(() => undefined)
  signal?.addEventListener('abort', abort, { once: true })

  const ask = async (): Promise<IteratorResult<T, void>> => {
    const answer = source.next()
    // A failure is told when its turn comes.
    answer.catch(() => undefined)
    return Promise.race([answer, aborted.promise])
  }
  let next = ask()
  try {
    for (;;) {
      const answer = await next
      if (answer.done === true) return
      next = ask()
      next.catch(() => undefined)
      yield answer.value
    }
  } finally {
    signal?.removeEventListener('abort', abort)
    const ended = source.return()
    if (signal?.aborted === true) ended.catch(() => undefined)
    else await ended
  }
}
