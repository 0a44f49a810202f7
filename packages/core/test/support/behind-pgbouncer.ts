import type { TestServer } from '@mdb/testing'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { onDriver, type OpenDialect } from './on-driver.ts'
import { type PgBouncerBinary, startPgBouncer } from './pgbouncer.ts'

/** Embedded PostgreSQL, spoken to through a PgBouncer in transaction mode. */
export async function startBehindPgBouncer(
  binary: PgBouncerBinary,
  open: OpenDialect,
  options: {
    readonly poolSize: number
    readonly roles?: Readonly<Record<string, string>> | undefined
  },
): Promise<TestServer> {
  const server = await startEmbeddedPostgres()
  try {
    const { connectionString = '' } = await server.createDatabase()
    const bouncer = await startPgBouncer(binary, { server: connectionString, ...options })
    const behind = onDriver(server, (address, connect) => {
      const proxied = new URL(address)
      proxied.port = String(bouncer.port)
      return open(proxied.href, connect)
    })
    const stop = async (): Promise<void> => {
      await behind.stop()
      await bouncer[Symbol.asyncDispose]()
    }
    return { ...behind, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}
