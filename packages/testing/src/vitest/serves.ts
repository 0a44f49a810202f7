import type { ServerOptions } from '../start-server.ts'
import type { ServerAddress } from '../test-database.ts'

/** Whether the run's server is what a file asks for: that backend, and no settings of its own. */
export function serves({ backend }: ServerAddress, options: ServerOptions): boolean {
  const own = options.embedded ?? options.testcontainers ?? options.url
  return own === undefined && (options.backend ?? backend) === backend
}
