import { spawnSync } from 'node:child_process'
import type { Message } from '@mdb/core'
import type { TestDatabase } from '@mdb/testing'
import { startRubyConsumer } from './child.ts'

export interface EventideOptions {
  readonly category: string
  readonly identifier?: string
  /** Eventide's position_update_interval. */
  readonly interval: number
  readonly member?: number
  readonly size?: number
  /** Stands still before this number, and is killed there. */
  readonly waitAt?: number
  /** Is killed when it has handled this number. */
  readonly last?: number
}

/** Runs a consumer of Eventide to where it is killed; resolves to the numbers it handled. */
export type RunEventide = (
  database: Pick<TestDatabase, 'store' | 'connectionString'>,
  options: EventideOptions,
) => Promise<number[]>

/** Whether Eventide's gem evt-consumer-postgres can be run here. */
export const rubyHasEventide =
  spawnSync('ruby', ['-e', "require 'consumer/postgres'"], { stdio: 'ignore' }).status === 0

/** Eventide itself. */
export const runRuby: RunEventide = async ({ connectionString = '' }, { last, ...options }) => {
  await using child = startRubyConsumer(connectionString, JSON.stringify(options))
  await child.until(last === undefined ? `waits at ${options.waitAt}` : `handled ${last}`)
  child.kill('SIGKILL')
  await child.exited
  return child.lines
    .filter((line) => line.startsWith('handled '))
    .map((line) => Number(line.split(' ')[1]))
}

/**
 * Written after Eventide's `Consumer#update_position`, `Consumer::Subscription` and
 * `Consumer::Postgres::PositionStore`, for where there is no Ruby: a run begins AT the position that
 * is recorded, and records every `interval` messages the global position of the last one handled.
 */
export const runPort: RunEventide = async ({ store }, options) => {
  const { category, identifier, interval, member, size, waitAt, last } = options
  const [entity = '', types] = category.split(':')
  const suffix = identifier === undefined ? '' : `-${identifier}`
  const place = `${entity}:${types === undefined ? '' : `${types}+`}position${suffix}`
  const recorded = await store.getLastStreamMessage(place)
  const batch = await store.getCategoryMessages(category, {
    position: BigInt((recorded?.data as { position: number } | undefined)?.position ?? 0),
    ...(member !== undefined && size !== undefined && { consumerGroup: { member, size } }),
  })
  const handled: number[] = []
  for (const { data, globalPosition } of batch as Array<Message<string, { n: number }>>) {
    if (data.n === waitAt) return handled
    handled.push(data.n)
    if (data.n === last) return handled
    if (handled.length % interval === 0) {
      const position = Number(globalPosition)
      await store.writeMessage(place, { type: 'Recorded', data: { position } })
    }
  }
  throw new Error(`it has handled ${handled.join(', ')}, and there is no more`)
}
