import { readFile } from 'node:fs/promises'
import type pg from 'pg'

/** Microseconds of the processor. */
export interface ProcessorTime {
  readonly client: number
  /** Not a number where it cannot be told. */
  readonly server: number
}

/** What this process has taken so far, and each session of the server. */
export interface ProcessorReading {
  readonly client: number
  readonly sessions: ReadonlyMap<number, number>
}

export type ReadProcessor = () => Promise<ProcessorReading>

export const NO_TIME: ProcessorTime = { client: 0, server: 0 }

/**
 * Reads processor time, which hardly changes with what else the machine does, as time on the clock
 * does. The connection is to see the sessions of all users; Linux alone tells what they took.
 */
export function processorReader(client: pg.Client): ReadProcessor {
  return async () => {
    const { user, system } = process.cpuUsage()
    const { rows } = await client.query<{ pid: number }>({ name: 'sessions', text: SESSIONS })
    const taken = await Promise.all(rows.map(async ({ pid }) => [pid, await takenBy(pid)] as const))
    return { client: user + system, sessions: new Map(taken) }
  }
}

const SESSIONS = `select pid from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid()`

async function takenBy(pid: number): Promise<number> {
  try {
    const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')
    return Number(nanoseconds) / 1000
  } catch {
    return Number.NaN
  }
}

/** What was taken between two readings; of the server only where the same sessions live on. */
export function spent(before: ProcessorReading, after: ProcessorReading): ProcessorTime {
  const client = after.client - before.client
  if (before.sessions.size !== after.sessions.size) return { client, server: Number.NaN }
  let server = 0
  for (const [pid, taken] of after.sessions)
    server += taken - (before.sessions.get(pid) ?? Number.NaN)
  return { client, server }
}

export function plus(a: ProcessorTime, b: ProcessorTime): ProcessorTime {
  return { client: a.client + b.client, server: a.server + b.server }
}

export function total({ client, server }: ProcessorTime): number {
  return client + server
}
