import { hostname } from 'node:os'
import type { Message } from '@mdb/core'
import { CheckpointKeeper } from './checkpoint-keeper.ts'
import { checkpointKeyText } from './checkpoint-store.ts'
import { staticGroup } from './consumer-group/elastic-group.ts'
import { ControlWatch } from './control/control-watch.ts'
import {
  AlreadyRunError,
  CheckpointError,
  CheckpointMovedError,
  FencedError,
  InvalidOptionError,
  SourceError,
  SubscriptionError,
} from './errors.ts'
import type { Beginning, MessageSource } from './message-source.ts'
import { type EventWithoutId, notify, type Operation } from './observer.ts'
import type { ResolvedOptions } from './options.ts'
import { PauseGate } from './pause-gate.ts'
import { pollLoop } from './poll-loop.ts'
import type { MakeProcessor, Processor } from './processing/processor.ts'
import { StallWatch } from './stall-watch.ts'
import { Bell } from './wake-ups/bell.ts'
import { untilItSucceeds } from './reconnect.ts'
import { runProblem } from './validate-run.ts'
import type {
  RunOptions,
  Subscription,
  SubscriptionEnd,
  SubscriptionState,
} from './subscription.ts'

// After a stop the last save is not retried forever.
const FINAL_RETRIES = 2

/** The life that `subscription.ts` tells: it binds source, loop, processor and keeper together. */
export class PollingSubscription<M extends Message> implements Subscription {
  readonly #options: ResolvedOptions<M>
  readonly #source: MessageSource<M>
  readonly #keeper: CheckpointKeeper
  readonly #processor: Processor<M>
  readonly #abort = new AbortController()
  readonly #bell = new Bell()
  readonly #gate = new PauseGate()
  readonly #control: ControlWatch
  readonly #stall: StallWatch
  #state: Exclude<SubscriptionState, 'reconnecting'> = 'idle'
  #reconnecting = 0
  // A database that was away may have lost commits.
  #wasAway = false
  /** Where this run began without a checkpoint. */
  #beginning: Beginning | undefined
  #endReason: SubscriptionEnd['reason'] | undefined
  #running: Promise<SubscriptionEnd> | undefined

  constructor(
    options: ResolvedOptions<M>,
    source: MessageSource<M>,
    makeProcessor: MakeProcessor<M>,
  ) {
    this.#options = options
    this.#source = source
    const { id, checkpoints, checkpointInterval, clock } = options
    const stallEvent = (type: 'stalled' | 'progressing') => (elapsed: number) =>
      this.#emit({ type, position: this.position, milliseconds: elapsed })
    this.#stall = new StallWatch({
      after: options.stallAfter,
      clock,
      onStalled: stallEvent('stalled'),
      onProgressing: stallEvent('progressing'),
    })
    this.#keeper = new CheckpointKeeper({
      store: checkpoints,
      key: {
        subscriptionId: id,
        source: source.name,
        consumerGroup: staticGroup(options.source.consumerGroup),
      },
      owner: `${hostname()}:${process.pid}`,
      interval: checkpointInterval,
      clock,
      signal: this.#abort.signal,
      retry: (operation, run) => this.#retry(operation, run, this.#abort.signal, Infinity),
      retryBriefly: (operation, run) =>
        this.#retry(operation, run, new AbortController().signal, FINAL_RETRIES),
      onSaved: (position) => this.#emit({ type: 'checkpointed', position }),
      onMoved: () => this.#stall.progressed(),
    })
    this.#control = new ControlWatch({
      store: checkpoints?.control,
      key: this.#keeper.key,
      interval: options.controlInterval,
      clock,
      onChange: () => {
        this.#bell.ring()
        this.#gate.wake()
      },
    })
    this.#processor = makeProcessor({
      subscriptionId: id,
      keeper: this.#keeper,
      policy: options.failure,
      clock,
      signal: this.#abort.signal,
      positionOf: (message) => source.positionOf(message),
      retry: (operation, run) => this.#retry(operation, run, this.#abort.signal, Infinity),
      emit: (event) => this.#emit(event),
    })
  }

  get id(): string {
    return this.#options.id
  }

  get state(): SubscriptionState {
    return this.#reconnecting > 0 ? 'reconnecting' : this.#state
  }

  get position(): bigint | undefined {
    return this.#keeper.position
  }

  run(options: RunOptions = {}): Promise<SubscriptionEnd> {
    if (this.#running !== undefined) return Promise.reject(new AlreadyRunError(this.id))
    const { until } = options
    if (until !== undefined && until !== 'caught up') {
      return Promise.reject(new InvalidOptionError('until', until, "must be 'caught up'"))
    }
    const problem = runProblem(options)
    if (problem !== undefined) return Promise.reject(problem)
    this.#running = this.#run(options)
    return this.#running
  }

  async stop(): Promise<void> {
    this.#end('stopped', undefined)
    if (this.#running === undefined) this.#state = 'stopped'
    await this.#running?.catch(() => undefined)
  }

  async pause(): Promise<void> {
    this.#gate.close()
    this.#bell.ring()
    // Before the run there is nothing to wait for, and after it neither.
    await Promise.race([this.#gate.reached(), this.#running?.catch(() => undefined)])
  }

  resume(): void {
    this.#gate.open()
  }

  async #run({ signal, until }: RunOptions): Promise<SubscriptionEnd> {
    const onAbort = (): void => this.#end('aborted', signal?.reason)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    const over = new AbortController()
    void this.#stall.watch(over.signal)
    try {
      await this.#consume(until)
      await this.#flush()
      await this.#release()
    } catch (error) {
      return await this.#fail(error)
    } finally {
      over.abort()
      signal?.removeEventListener('abort', onAbort)
    }
    const end = { reason: this.#endReason ?? 'stopped', position: this.position }
    this.#state = 'stopped'
    this.#emit({ type: 'ended', ...end, error: undefined })
    return end
  }

  async #consume(until: RunOptions['until']): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#state = 'behind'
    if (!(await this.#keeper.load())) return
    // Not `using`: the sources run as they are, and Node 22 does not know it.
    const watching = this.#control.start()
    try {
      if (await this.#processor.start()) await this.#consumeOnwards(until)
    } finally {
      watching[Symbol.dispose]()
    }
  }

  /** Consumes from the checkpoint on, and from wherever it is moved to. */
  async #consumeOnwards(until: RunOptions['until']): Promise<void> {
    const { wakeUps, source } = this.#options
    const checkpoint = this.position
    let from = checkpoint === undefined ? await this.#orMoved(() => this.#begin()) : checkpoint + 1n
    if (from === undefined) return
    this.#control.takenUp(this.#keeper.seeks)
    this.#emit({ type: 'started', position: from, checkpoint, epoch: this.#keeper.epoch })
    const unlisten = wakeUps?.listen(source, this.#bell.ring)
    try {
      while (from !== undefined) {
        const first: bigint = from
        from = await this.#orMoved(() => this.#consumeFrom(first, until))
      }
    } finally {
      unlisten?.()
    }
  }

  /** Consumes until the run is to end. */
  async #consumeFrom(from: bigint, until: RunOptions['until']): Promise<undefined> {
    const { polling, batchSize } = this.#options
    const { signal } = this.#abort
    const pages = pollLoop(this.#source, from, {
      polling,
      batchSize,
      signal,
      ready: async () => {
        await this.#whilePaused()
        if (this.#control.isToMove || this.#wasAway) await this.#throwIfMoved()
      },
      read: (read, until) => {
        this.#bell.clear()
        return this.#retry('read', read, until, Infinity)
      },
      explain: (error) => this.#unreadable(error),
      pause: (milliseconds) => this.#pause(milliseconds),
    })
    for await (const { messages, full, from: first, next, handled } of pages) {
      if (full) this.#turn('behind')
      await this.#processor.process(messages)
      // An abort may have left messages of the page unhandled.
      if (next > first && !signal.aborted) this.#keeper.movedTo(next - 1n)
      if (!signal.aborted && !this.#isHeld() && !this.#control.isToMove) handled()
      await this.#keeper.saveIfDue()
      this.#stall.progressed()
      if (full || signal.aborted) continue
      this.#turn('live')
      if (until === 'caught up') this.#end('caught up', undefined)
    }
  }

  /** Runs; and when the checkpoint has been moved, or has gone back, says where to go on. */
  async #orMoved(run: () => Promise<bigint | undefined>): Promise<bigint | undefined> {
    let reason: CheckpointMovedError['reason']
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error
      reason = error.reason
    }
    if ((await this.#keeper.renew()) === undefined) return undefined
    this.#control.takenUp(this.#keeper.seeks)
    // A release may be among what was lost.
    if (reason === 'commits lost' && !(await this.#processor.start())) return undefined
    const checkpoint = this.position
    const from = checkpoint === undefined ? await this.#begin() : checkpoint + 1n
    if (from === undefined) return undefined
    this.#state = 'behind'
    this.#emit({ type: 'moved', reason, position: from, checkpoint })
    return from
  }

  /** A seek may have been for another size of the group, and moved something else. */
  async #throwIfMoved(): Promise<void> {
    const { seeks } = this.#control
    this.#wasAway = false
    const reason = await this.#keeper.renew()
    if (reason === undefined) return
    this.#control.takenUp(seeks)
    if (reason === false) return
    throw new CheckpointMovedError(checkpointKeyText(this.#keeper.key), this.position, reason)
  }

  /** Stands at the gate between two pages, while this process or an operator holds it there. */
  async #whilePaused(): Promise<void> {
    const { signal } = this.#abort
    await this.#lookIfDue()
    if (!this.#isHeld() || signal.aborted) return
    await this.#keeper.saveNow()
    if (!this.#isHeld() || signal.aborted) return
    this.#turn('paused')
    await this.#gate.stand(() => this.#untilLetGo())
    if (signal.aborted) return
    // What came meanwhile is not known.
    this.#state = 'behind'
    this.#emit({ type: 'resumed', position: this.position })
  }

  async #untilLetGo(): Promise<void> {
    const { signal } = this.#abort
    let acknowledged: bigint | undefined
    while (this.#isHeld() && !signal.aborted) {
      const { pause } = this.#control
      if (pause !== undefined && pause !== acknowledged) await this.#keeper.acknowledge(pause)
      acknowledged = pause
      const wait = (): Promise<void> =>
        this.#gate.opened(this.#options.clock, this.#control.dueIn(), signal)
      await this.#stall.resting(wait)
      await this.#lookIfDue()
    }
  }

  #isHeld(): boolean {
    return this.#gate.isClosed || this.#control.pause !== undefined
  }

  /** Looks at what operators ask, when it is time to. */
  async #lookIfDue(): Promise<void> {
    if (this.#control.dueIn() > 0) return
    try {
      const look = (): Promise<void> => this.#control.read()
      await this.#retry('read control', look, this.#abort.signal, Infinity)
    } catch (error) {
      if (error instanceof SubscriptionError) throw error
      throw new CheckpointError(this.id, 'load', this.position, error)
    }
  }

  /** Where to begin without a checkpoint; undefined when it was stopped before that was known. */
  async #begin(): Promise<bigint | undefined> {
    const { signal } = this.#abort
    try {
      // Decided once, also when its save is lost.
      this.#beginning ??= (
        await this.#retry('read', () => this.#source.begin(signal), signal, Infinity)
      )?.value
    } catch (error) {
      throw this.#unreadable(error)
    }
    if (this.#beginning === undefined) return undefined
    const { position, save } = this.#beginning
    if (save) {
      this.#keeper.movedTo(position - 1n)
      await this.#keeper.saveNow()
    }
    return position
  }

  #unreadable(error: unknown): SourceError {
    return new SourceError(this.id, this.#source.name, this.position, error)
  }

  /** Waits until the next poll or a wake-up; saves, and looks for operators, when that falls due. */
  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#options
    const until = clock.now() + milliseconds
    for (let left = milliseconds; left > 0 && !signal.aborted && !this.#bell.rung;) {
      const slice = Math.min(left, this.#keeper.dueIn(), this.#control.dueIn())
      if (slice > 0) await this.#stall.resting(() => this.#bell.sleep(clock, slice, signal))
      await this.#keeper.saveIfDue()
      // What is longer than one slice may have passed in one.
      left = Math.min(left - slice, until - clock.now())
      if (left > 0) await this.#lookIfDue()
    }
  }

  async #retry<T>(
    operation: Operation,
    run: () => Promise<T>,
    signal: AbortSignal,
    limit: number,
  ): Promise<{ readonly value: T } | undefined> {
    const { reconnect: backoff, clock } = this.#options
    // Several may be at it: handlers that are in flight at once.
    let counted = false
    const recover = (): void => {
      if (counted) this.#reconnecting -= 1
      counted = false
    }
    try {
      return await untilItSucceeds(run, {
        backoff,
        clock,
        signal,
        limit,
        mayBeLeft: operation === 'read control',
        onRetry: (attempt, delay, error) => {
          if (!counted) this.#reconnecting += 1
          counted = true
          this.#emit({ type: 'reconnecting', operation, attempt, delay, error })
        },
        onRecovered: (attempts) => {
          recover()
          this.#wasAway = true
          this.#emit({ type: 'reconnected', operation, attempts })
        },
      })
    } finally {
      recover()
    }
  }

  #turn(state: 'behind' | 'live' | 'paused'): void {
    if (this.#state === state) return
    this.#state = state
    this.#emit({ type: state, position: this.position })
  }

  #end(reason: SubscriptionEnd['reason'], cause: unknown): void {
    this.#endReason ??= reason
    this.#abort.abort(cause)
  }

  async #fail(failure: unknown): Promise<never> {
    // A handler that failed does not take back what was handled before it.
    if (!isCheckpointFailure(failure)) await this.#saveWhatWasHandled()
    if (!(failure instanceof FencedError)) await this.#release()
    this.#state = 'failed'
    const reason = failure instanceof FencedError ? 'fenced' : 'failed'
    this.#emit({ type: 'ended', reason, position: this.position, error: failure })
    throw failure
  }

  /** At the end of a run, a place that an operator has chosen stays as it is. */
  async #flush(): Promise<void> {
    try {
      await this.#keeper.flush()
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error
      await this.#keeper.renew({ isLast: true })
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#keeper.release()
    } catch (error) {
      this.#emit({ type: 'release failed', error })
    }
  }

  async #saveWhatWasHandled(): Promise<void> {
    try {
      await this.#keeper.flush()
    } catch (error) {
      this.#emit({ type: 'checkpoint failed', position: this.position, error })
    }
  }

  #emit(event: EventWithoutId): void {
    const consumerGroup = staticGroup(this.#options.source.consumerGroup)
    const origin = { subscriptionId: this.id, ...(consumerGroup && { consumerGroup }) }
    notify(this.#options.observer, { ...origin, ...event })
  }
}

function isCheckpointFailure(error: unknown): boolean {
  if (!(error instanceof SubscriptionError)) return false
  return error.code === 'FENCED' || error.code.startsWith('CHECKPOINT')
}
