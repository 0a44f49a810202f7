import { InvalidOptionError } from './errors.ts'
import type { Subscription } from './subscription.ts'

/** A signal by which a process is asked to end. */
export type StopSignal =
  | 'SIGINT'
  | 'SIGTERM'
  | 'SIGHUP'
  | 'SIGQUIT'
  | 'SIGBREAK'
  | 'SIGUSR1'
  | 'SIGUSR2'

/** What `stopOnSignals` takes besides the subscriptions. */
export interface StopOnSignalsOptions {
  /** Which signals. At least one, default `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly StopSignal[] | undefined
}

/**
 * Stops subscriptions when the process is asked to end: each finishes the handler in flight, saves its
 * place and ends normally, and the process ends by itself when nothing else keeps it. A second signal
 * has its usual effect, and ends the process at once, if the application does not listen to it too.
 *
 * @example
 * ```ts
 * import { stopOnSignals, subscribe } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   handler: () => {},
 *   observer: (event) => void (event.type === 'live' && process.kill(process.pid, 'SIGTERM')),
 * })
 * using _signals = stopOnSignals([subscription])
 * console.log((await subscription.run()).reason) // stopped
 * ```
 *
 * @returns what stops listening when it is disposed of
 * @throws {InvalidOptionError} for no signals
 */
export function stopOnSignals(
  subscriptions: ReadonlyArray<Pick<Subscription, 'stop'>>,
  { signals = ['SIGINT', 'SIGTERM'] }: StopOnSignalsOptions = {},
): Disposable {
  if (signals.length === 0) {
    throw new InvalidOptionError('signals', signals, 'must name at least one signal')
  }
  const unlisten = (): void => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  const onSignal = (): void => {
    // Nobody listens to the second one, so it ends the process.
    unlisten()
    for (const subscription of subscriptions) void subscription.stop()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return { [Symbol.dispose]: unlisten }
}
