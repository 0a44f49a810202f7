export interface LanesContext<T> {
  /** How many may run at once. */
  readonly concurrency: number
  /** Those of one lane run one after the other, in order. */
  readonly laneOf: (item: T) => string
  readonly signal: AbortSignal
  /** False when nothing more is to begin. */
  readonly run: (item: T, index: number) => Promise<boolean>
}

/**
 * Runs the items of a page, several at once. Lanes take turns, so a long one holds no other up.
 * It returns when nothing is in flight any more: when all have run, or the signal has aborted, or
 * `run` returned false. After an error nothing more begins, and once the rest has ended it is thrown.
 */
export async function inLanes<T>(
  items: readonly T[],
  { concurrency, laneOf, signal, run }: LanesContext<T>,
): Promise<void> {
  const lanes = new Map<string, number[]>()
  items.forEach((item, index) => {
    const lane = laneOf(item)
    const queue = lanes.get(lane)
    if (queue === undefined) lanes.set(lane, [index])
    else queue.push(index)
  })
  const ready = [...lanes.values()]
  let ended = false
  const errors: unknown[] = []

  async function take(): Promise<void> {
    for (let lane = ready.shift(); lane !== undefined; lane = ready.shift()) {
      const index = lane.shift() as number
      try {
        // not `ended ||=`: another lane may end it during the wait
        const goOn = await run(items[index] as T, index)
        if (!goOn) ended = true
      } catch (error) {
        ended = true
        errors.push(error)
      }
      if (ended || signal.aborted) return
      if (lane.length > 0) ready.push(lane)
    }
  }

  if (signal.aborted) return
  await Promise.all(Array.from({ length: Math.min(concurrency, ready.length) }, take))
  if (errors.length > 0) throw errors[0]
}
