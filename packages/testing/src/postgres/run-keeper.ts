import { setTimeout } from 'node:timers/promises'
import type { Client, ClientConfig } from 'pg'

export type ClientClass = new (config: ClientConfig) => Client

const RETRY = 200

/** What the keeper's session calls itself: everybody on the server can read that. */
export const keeperName = (run: string): string => `mdb-testing run ${run}`

/**
 * A session that says, as long as it lasts, that its run is alive. It ends with the process, however
 * that ends, and comes back when the server was restarted.
 */
export async function keepRun(
  PgClient: ClientClass,
  connectionString: string,
  run: string,
): Promise<AsyncDisposable> {
  const released = new AbortController()
  let client: Client | undefined

  async function connect(): Promise<void> {
    const opening = new PgClient({ connectionString, application_name: keeperName(run) })
    // Without a listener the error of an idle client would end the process; 'end' comes after it.
    opening.on('error', () => undefined)
    await opening.connect()
    client = opening
    opening.once('end', () => void reconnect())
    letProcessEnd(opening)
  }

  async function reconnect(): Promise<void> {
    while (!released.signal.aborted) {
      try {
        await connect()
        return
      } catch {
        // The server is away. Nothing can be swept meanwhile either.
        await setTimeout(RETRY, undefined, { ref: false })
      }
    }
    await client?.end()
  }

  await connect()
  return {
    async [Symbol.asyncDispose]() {
      released.abort()
      await client?.end()
    },
  }
}

/** The keeper alone must not keep its process from ending. The types of pg lack the method. */
function letProcessEnd(client: Client & { readonly unref?: () => void }): void {
  client.unref?.()
}
