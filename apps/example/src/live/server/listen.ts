import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

const usual = 4321

export interface ListenOptions {
  /** Undefined for the usual one, or one that is free. */
  readonly port: number | undefined
  readonly host: string
}

/** A server that listens. */
export interface Listening extends AsyncDisposable {
  readonly url: string
}

export async function listen(app: Hono, { port, host }: ListenOptions): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch })
  const listenOn = async (port: number): Promise<void> => {
    server.listen(port, host)
    await once(server, 'listening')
  }
  try {
    await listenOn(port ?? usual)
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error
    await listenOn(0)
  }
  const { port: found } = server.address() as AddressInfo
  const name = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${found}/`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
