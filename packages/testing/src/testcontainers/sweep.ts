import { hostname } from 'node:os'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { isAlive } from '../is-alive.ts'

const OWNER = 'mdb-testing.owner'

/** Labels a container with the process that answers for it. */
export function ownerLabels(): Record<string, string> {
  return { [OWNER]: `${hostname()} ${process.pid}` }
}

/** Removes the containers whose process, on this machine, was killed before it could. */
export async function sweepContainers(): Promise<void> {
  const { getContainerRuntimeClient } = await testcontainers()
  const { container: containers } = await getContainerRuntimeClient()
  const all = await containers.list()
  await Promise.all(
    all
      .filter(({ Labels }) => isAbandoned(Labels[OWNER]))
      .map(async ({ Id }) => containers.getById(Id).remove({ force: true, v: true })),
  )
}

function isAbandoned(owner: string | undefined): boolean {
  if (owner === undefined) return false
  const [host, pid] = owner.split(' ')
  return host === hostname() && !isAlive(Number(pid))
}

// The package that @testcontainers/postgresql stands on: it is that one's dependency, not ours.
async function testcontainers(): Promise<{ getContainerRuntimeClient: RuntimeClient }> {
  const require = createRequire(import.meta.url)
  const own = createRequire(require.resolve('@testcontainers/postgresql'))
  const entry = pathToFileURL(own.resolve('testcontainers')).href
  return import(entry) as Promise<{ getContainerRuntimeClient: RuntimeClient }>
}

type RuntimeClient = () => Promise<{
  readonly container: {
    list(): Promise<readonly { readonly Id: string; readonly Labels: Record<string, string> }[]>
    getById(id: string): {
      remove(options: { readonly force: boolean; readonly v: boolean }): Promise<unknown>
    }
  }
}>
