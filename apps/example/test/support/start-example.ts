import { spawn } from 'node:child_process'

/** How the example ended, and all that it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

export interface Start {
  readonly args?: readonly string[]
  /** A PostgreSQL to run on; PGlite without. */
  readonly databaseUrl?: string | undefined
  /** Send the signal as soon as this is printed. Progress is what to wait for, not time. */
  readonly killAt?: string | undefined
  /** Default is SIGKILL. */
  readonly killWith?: NodeJS.Signals
}

/** Runs the example as `pnpm start --once` does, in a process of its own, to its end or to where it is killed. */
export function startExample({
  args = [],
  databaseUrl = '',
  killAt,
  killWith = 'SIGKILL',
}: Start): Promise<Ended> {
  const main = `${import.meta.dirname}/../../src/main.ts`
  const child = spawn(process.execPath, ['--conditions=@mdb/source', main, '--once', ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, NO_COLOR: '1' },
  })
  let output = ''
  let killed = false
  const listen = (chunk: string): void => {
    output += chunk
    if (killed || killAt === undefined || !output.includes(killAt)) return
    killed = child.kill(killWith)
  }
  child.stdout.setEncoding('utf8').on('data', listen)
  child.stderr.setEncoding('utf8').on('data', listen)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}
