import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface LossyProxy extends AsyncDisposable {
  readonly connectionString: string
  /** The server has answered the next commit: it is done. The client is never told. */
  loseNextCommit(): Promise<void>
}

/**
 * Stands between a client and PostgreSQL, and can lose the answer to a commit: the one failure that
 * leaves a client not knowing whether it happened. The connection is cut after the server's answer.
 */
export async function lossyProxy(connectionString: string): Promise<LossyProxy> {
  const target = new URL(connectionString)
  const sockets = new Set<Socket>()
  let lost: (() => void) | undefined

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let losing: (() => void) | undefined
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      // what one end suffers, the other sees as an end
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (lost !== undefined && /^Q....commit/is.test(bytes.toString('latin1'))) {
        losing = lost
        lost = undefined
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (losing === undefined) {
        client.write(bytes)
      } else {
        client.destroy()
        losing()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(connectionString)
  url.port = String((server.address() as AddressInfo).port)

  return {
    connectionString: url.href,
    loseNextCommit: () => new Promise((resolve) => (lost = resolve)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
