import type { TestDatabase } from '../test-database.ts'

/** Runs a test on a database that it shares with others. */
export type Around = (
  database: Pick<TestDatabase, 'watchConnections'>,
  run: () => Promise<void>,
) => Promise<void>

/**
 * Fails the test that leaves a connection held. Of tests that run at once that is the last one: what the
 * others hold meanwhile is no leak yet.
 */
export function watchingTests(): Around {
  let running = 0
  let look: (() => Promise<void>) | undefined
  return async (database, run) => {
    if (running === 0) look = database.watchConnections()
    running += 1
    try {
      await run()
    } finally {
      running -= 1
      if (running === 0) await look?.()
    }
  }
}

/** Leaves it to the end of the file, which cuts off whoever is there. */
export const unwatched: Around = async (_, run) => run()
