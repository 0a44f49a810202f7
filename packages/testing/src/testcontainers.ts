import type { StartedPostgreSqlContainer } from '@testcontainers/postgresql'
import { ContainerError } from './errors.ts'
import { importPeer } from './import-peer.ts'
import { onDatabase } from './postgres/address.ts'
import { postgresServer } from './postgres/postgres-server.ts'
import type { TestServer } from './test-database.ts'
import type { ContainerOptions } from './testcontainers/options.ts'
import { ownerLabels, sweepContainers } from './testcontainers/sweep.ts'

export type { ContainerOptions } from './testcontainers/options.ts'

/** A PostgreSQL in a container: a {@link TestServer}. */
export interface ContainerServer extends TestServer {
  readonly backend: 'testcontainers'
  /** The container, for what Testcontainers can do with it: logs, `exec`, networks. */
  readonly container: StartedPostgreSqlContainer
}

const NOT_DURABLE = ['-c', 'fsync=off', '-c', 'full_page_writes=off']

/**
 * Starts PostgreSQL in a container, by Testcontainers.
 *
 * Needs a container engine that runs. The container is removed at the end; Testcontainers' reaper
 * removes that of a killed run, and where the reaper is disabled (`TESTCONTAINERS_RYUK_DISABLED`)
 * the next start on the same machine does.
 *
 * @example
 * ```ts
 * import { startPostgresContainer } from '@mdb/testing/testcontainers'
 *
 * export async function versionInAContainer(): Promise<string> {
 *   await using server = await startPostgresContainer({ image: 'postgres:18-alpine' })
 *   await using database = await server.createDatabase()
 *   return database.store.messageStoreVersion()
 * }
 * ```
 *
 * @returns the server, started.
 * @throws {MissingPeerError} when `@testcontainers/postgresql` or `pg` is not installed.
 * @throws {ContainerError} when there is no engine, no such image, or PostgreSQL does not start.
 */
export async function startPostgresContainer(
  options: ContainerOptions = {},
): Promise<ContainerServer> {
  const { image = 'postgres:18-alpine', template, durable = false, postgresFlags = [] } = options
  const { PostgreSqlContainer } = await importPeer(
    '@testcontainers/postgresql',
    async () => import('@testcontainers/postgresql'),
  )
  const { default: pg } = await importPeer('pg', async () => import('pg'))
  let container: StartedPostgreSqlContainer
  try {
    await sweepContainers()
    container = await new PostgreSqlContainer(image)
      .withUsername('postgres')
      .withPassword(options.password ?? crypto.randomUUID())
      .withDatabase('postgres')
      .withLabels(ownerLabels())
      .withCommand(['postgres', ...(durable ? [] : NOT_DURABLE), ...postgresFlags])
      .start()
  } catch (error) {
    throw new ContainerError(image, error)
  }
  const server = await postgresServer(pg, {
    backend: 'testcontainers',
    address: onDatabase(container.getConnectionUri(), 'postgres'),
    template,
    prepare: options.prepare,
    end: async () => void (await container.stop({ timeout: 0 })),
  })
  return { ...server, backend: 'testcontainers', container }
}
