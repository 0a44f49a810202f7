import { createServer } from 'node:net'

// Below those that systems give to outgoing connections. While a server restarts its port is free, and a
// client that tries it again and again is at last given that very port, and is connected to itself.
const FIRST = 10_240
const COUNT = 22_000

let tried = 0

/** A port of the loopback interface that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = candidate(process.pid, tried)
    tried += 1
    if (await isFree(port)) return port
  }
  throw new Error('No port of the loopback interface is free to start a server on.')
}

/** Processes that begin at once try different ports. */
export function candidate(pid: number, attempt: number): number {
  return FIRST + ((pid * 97 + attempt * 13) % COUNT)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (free) await new Promise((resolve) => void server.close(resolve))
  return free
}
