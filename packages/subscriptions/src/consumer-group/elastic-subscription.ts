import type { Clock } from '../clock.ts'
import { AlreadyRunError, InvalidOptionError } from '../errors.ts'
import type {
  RunOptions,
  Subscription,
  SubscriptionEnd,
  SubscriptionState,
} from '../subscription.ts'
import type { EventWithoutId } from '../observer.ts'
import { runProblem } from '../validate-run.ts'
import { answered, untilHung } from './answered.ts'
import type { GroupKey, GroupStore, GroupView, HeldMember } from './group-store.ts'
import { groupState, lowestPosition } from './group-state.ts'
import { LeaseGuard } from './lease-guard.ts'
import type { MemberOutcome, MemberRun } from './member-run.ts'
import { reconcile, type RunningMember } from './reconcile.ts'

export interface ElasticContext {
  readonly id: string
  readonly key: GroupKey
  readonly groups: GroupStore
  readonly clock: Clock
  readonly processId: string
  /** The size to make the group with. */
  readonly size: number
  /** Milliseconds that a lease holds without a heartbeat. */
  readonly lease: number
  /** Milliseconds between heartbeats. */
  readonly heartbeat: number
  /** Makes the subscription of one member, and runs it. */
  readonly runMember: (member: RunningMember) => MemberRun
  /** Runs until it succeeds, or a few times only; undefined when the signal aborts first. */
  readonly retry: <T>(
    run: () => Promise<T>,
    bounds: { readonly signal: AbortSignal; readonly isLast?: boolean },
  ) => Promise<{ readonly value: T } | undefined>
  readonly emit: (event: EventWithoutId) => void
}

// While a group is resized, what a process has finished is not kept until the next heartbeat.
const RESIZE_HEARTBEAT = 200

/**
 * One process of a group whose members are claimed by lease. At each heartbeat it tells the group
 * which members it has let go, hears which it holds, and starts and stops them: each is a
 * subscription of its own.
 */
export class ElasticSubscription implements Subscription {
  readonly #context: ElasticContext
  readonly #guard: LeaseGuard
  readonly #abort = new AbortController()
  readonly #running = new Map<number, MemberRun>()
  readonly #losing = new WeakMap<MemberRun, Promise<unknown>>()
  #ended: Array<{ readonly held: HeldMember; readonly done: boolean }> = []
  #wake = new AbortController()
  #state: 'idle' | 'running' | 'stopped' | 'failed' = 'idle'
  #endReason: SubscriptionEnd['reason'] | undefined
  #failure: { readonly error: unknown } | undefined
  #run: Promise<SubscriptionEnd> | undefined
  #size: number | undefined
  #paused = false
  #lastPosition: bigint | undefined

  constructor(context: ElasticContext) {
    this.#context = context
    this.#guard = new LeaseGuard(context.clock, context.lease, () => this.#abandonAll())
  }

  get id(): string {
    return this.#context.id
  }

  get state(): SubscriptionState {
    return this.#state === 'running' ? groupState(this.#subscriptions()) : this.#state
  }

  get position(): bigint | undefined {
    return lowestPosition(this.#subscriptions()) ?? this.#lastPosition
  }

  run(options: RunOptions = {}): Promise<SubscriptionEnd> {
    if (this.#run !== undefined) return Promise.reject(new AlreadyRunError(this.id))
    if (options.until !== undefined) {
      const expectation = 'is not for elastic groups: wait with waitUntilProcessed, and stop'
      return Promise.reject(new InvalidOptionError('until', options.until, expectation))
    }
    const problem = runProblem(options)
    if (problem !== undefined) return Promise.reject(problem)
    this.#run = this.#supervise(options.signal)
    return this.#run
  }

  async stop(): Promise<void> {
    this.#end('stopped', undefined)
    if (this.#run === undefined) this.#state = 'stopped'
    await this.#run?.catch(() => undefined)
  }

  async pause(): Promise<void> {
    this.#paused = true
    await Promise.all(this.#subscriptions().map((subscription) => subscription.pause()))
  }

  resume(): void {
    this.#paused = false
    for (const subscription of this.#subscriptions()) subscription.resume()
  }

  async #supervise(signal: AbortSignal | undefined): Promise<SubscriptionEnd> {
    const onAbort = (): void => this.#end('aborted', signal?.reason)
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    this.#state = 'running'
    const over = new AbortController()
    const guarded = this.#guard.watch(over.signal)
    try {
      await this.#beat()
    } catch (error) {
      this.#failure ??= { error }
    } finally {
      await this.#stopAll()
      await this.#leave()
      over.abort()
      await guarded
      signal?.removeEventListener('abort', onAbort)
    }
    return this.#finish()
  }

  async #beat(): Promise<void> {
    const { heartbeat, clock } = this.#context
    while (!this.#abort.signal.aborted) {
      const wake = new AbortController()
      this.#wake = wake
      const view = await this.#heartbeat()
      if (view === undefined) return
      this.#reconcile(view)
      const isResizing = view.resizeTo !== undefined
      const delay = isResizing ? Math.min(heartbeat, RESIZE_HEARTBEAT) : heartbeat
      await clock.sleep(delay, AbortSignal.any([this.#abort.signal, wake.signal]))
    }
  }

  async #heartbeat(): Promise<GroupView | undefined> {
    const { key, groups, clock, processId, lease, size, retry } = this.#context
    const ended = [...this.#ended]
    let sentAt = clock.now()
    const answer = await retry(
      async () => {
        sentAt = clock.now()
        const heartbeat = groups.heartbeat(key, {
          processId,
          lease,
          size,
          released: ended.map(({ held }) => held),
          done: ended.filter(({ done }) => done).map(({ held }) => held),
        })
        return await answered(heartbeat, { within: lease, clock })
      },
      { signal: this.#abort.signal },
    )
    if (answer === undefined) return undefined
    this.#ended = this.#ended.filter((run) => !ended.includes(run))
    this.#guard.renewed(sentAt)
    return answer.value
  }

  #reconcile(view: GroupView): void {
    const { emit } = this.#context
    if (this.#size !== undefined && this.#size !== view.size) {
      emit({ type: 'resized', from: this.#size, size: view.size })
    }
    this.#size = view.size
    const { start, stop, giveBack, lost } = reconcile([...this.#running.values()], view)
    for (const { member } of stop) void this.#running.get(member)?.subscription.stop()
    for (const { member } of lost) this.#lose(this.#running.get(member) as MemberRun)
    // What it has let go since is neither to be started again nor given back twice.
    const isNew = (held: HeldMember): boolean =>
      !this.#ended.some((ended) => isSame(ended.held, held))
    for (const held of start.filter(isNew)) {
      emit({ type: 'member claimed', ...held, size: view.size })
      this.#start({ ...held, size: view.size, barrier: view.barrier })
    }
    const unused = giveBack.filter(isNew)
    this.#ended.push(...unused.map((held) => ({ held, done: false })))
    if (unused.length > 0) this.#wake.abort()
  }

  #start(member: RunningMember): void {
    const run = this.#context.runMember(member)
    if (this.#paused) void run.subscription.pause()
    this.#running.set(member.member, run)
    void run.outcome.then((outcome) => this.#memberEnded(run, outcome))
  }

  #memberEnded(run: MemberRun, outcome: MemberOutcome): void {
    const { member, epoch, size } = run
    // It was left behind.
    if (this.#running.get(member) !== run) return
    this.#running.delete(member)
    if (outcome.ended === 'failed') {
      this.#failure ??= outcome
      this.#abort.abort()
    }
    // One that is lost is given back too, if it was not: who holds it must be at work on it.
    this.#ended.push({ held: { member, epoch }, done: outcome.ended === 'reached barrier' })
    if (outcome.ended === 'lost') {
      this.#context.emit({ type: 'member lost', member, epoch, size, error: outcome.error })
    } else {
      this.#context.emit({ type: 'member released', member, epoch, size })
    }
    this.#wake.abort()
  }

  /** Nobody renewed the leases in time: others may have the members by now. */
  #abandonAll(): void {
    for (const run of this.#running.values()) this.#lose(run)
  }

  /**
   * Stops a member that others may have by now. When it hangs, on a connection that is dead without
   * having been told so, it is left behind, fenced: the member may be ours again.
   */
  #lose(run: MemberRun): void {
    void run.subscription.stop()
    // At the end, what is in flight is waited for, however long it takes.
    if (this.#abort.signal.aborted || this.#losing.has(run)) return
    const { clock, lease } = this.#context
    const hung = untilHung(run, { clock, lease })
    this.#losing.set(run, hung)
    void this.#leaveBehind(run, hung)
  }

  async #leaveBehind(run: MemberRun, hung: Promise<Error | undefined>): Promise<void> {
    const error = await hung
    if (error !== undefined) this.#memberEnded(run, { ended: 'lost', error })
  }

  async #stopAll(): Promise<void> {
    const runs = [...this.#running.values()]
    for (const { subscription } of runs) void subscription.stop()
    await Promise.all(
      runs.map((run) => Promise.race([run.outcome, this.#losing.get(run) ?? run.outcome])),
    )
    this.#lastPosition = lowestPosition(runs.map(({ subscription }) => subscription))
  }

  async #leave(): Promise<void> {
    const { key, groups, processId, lease, clock, retry, emit } = this.#context
    try {
      const signal = new AbortController().signal
      const leave = () => answered(groups.leave(key, processId), { within: lease, clock })
      await retry(leave, { signal, isLast: true })
    } catch (error) {
      // The leases run out by themselves.
      emit({ type: 'group leave failed', error })
    }
  }

  #finish(): SubscriptionEnd {
    const { position } = this
    if (this.#failure !== undefined) {
      const { error } = this.#failure
      this.#state = 'failed'
      this.#context.emit({ type: 'ended', reason: 'failed', position, error })
      throw error
    }
    const reason = this.#endReason ?? 'stopped'
    this.#state = 'stopped'
    this.#context.emit({ type: 'ended', reason, position, error: undefined })
    return { reason, position }
  }

  #subscriptions(): Subscription[] {
    return [...this.#running.values()].map(({ subscription }) => subscription)
  }

  #end(reason: SubscriptionEnd['reason'], cause: unknown): void {
    this.#endReason ??= reason
    this.#abort.abort(cause)
  }
}

function isSame(a: HeldMember, b: HeldMember): boolean {
  return a.member === b.member && a.epoch === b.epoch
}
