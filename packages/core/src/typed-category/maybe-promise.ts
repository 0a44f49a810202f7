/** A value, now or later: most schemas answer at once, and a promise per message is dear. */
export type MaybePromise<T> = T | Promise<T>

/** Goes on with a value, at once when it is there. */
export function when<T, U>(
  value: T | PromiseLike<T>,
  goOn: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return isPromise(value) ? Promise.resolve(value).then(goOn) : goOn(value)
}

/** Runs something that may throw or reject, and then throws what `explain` makes of it. */
export function attempt<T>(
  run: () => T | PromiseLike<T>,
  explain: (cause: unknown) => Error,
): MaybePromise<T> {
  const fail = (cause: unknown): never => {
    throw explain(cause)
  }
  try {
    const value = run()
    return isPromise(value) ? Promise.resolve(value).catch(fail) : value
  } catch (cause) {
    return fail(cause)
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
