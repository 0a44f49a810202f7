import { setTimeout } from 'node:timers/promises'

// A session that was ended in good order is gone within milliseconds, on a busy machine too.
const GRACE = 1_000
const PAUSE = 5

/**
 * Whether something comes true in the time that good order takes, or the milliseconds that are said.
 * At once when it is true already.
 */
export async function within(
  check: () => Promise<boolean>,
  grace: number = GRACE,
): Promise<boolean> {
  const deadline = performance.now() + grace
  for (;;) {
    if (await check()) return true
    if (performance.now() > deadline) return false
    await setTimeout(PAUSE)
  }
}
