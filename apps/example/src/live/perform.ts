import type { MessageStore } from '@mdb/core'
import {
  GroupNotFoundError,
  GroupResizingError,
  pauseSubscription,
  resizeConsumerGroup,
  resumeSubscription,
} from '@mdb/subscriptions'
import { breakAirport, mendAirport } from '../broken-airports.ts'
import { delays } from '../consumers.ts'
import type { Database } from '../database.ts'
import type { Command } from './page-state.ts'
import { discardFirst, parkedOf, replayParked } from './parked.ts'
import type { ConsumerProcesses, Tell } from './processes/consumer-processes.ts'
import { RefusedError } from './refused-error.ts'
import type { Replay } from './replay.ts'
import { speedKeeper } from './replay-speed.ts'

const maxProcesses = 16

export interface PerformOptions {
  readonly store: MessageStore<Database>
  readonly processes: ConsumerProcesses
  readonly replay: Replay
  readonly tell: Tell
}

export type Perform = (command: Command) => Promise<void>

/** Does what the page asks. Throws a `RefusedError` that says why it does not. */
export function performer({ store, processes, replay, tell }: PerformOptions): Perform {
  const { db } = store
  const keepSpeed = speedKeeper(db, () => replay.speed)
  return async (asked) => {
    switch (asked.command) {
      case 'set speed': {
        const { flightsPerSecond: speed } = asked
        replay.setSpeed(speed)
        await keepSpeed()
        return tell(speed === 0 ? 'held the replay' : `replays ${speed} flights a second`)
      }
      case 'add process': {
        const living = processes.list().filter(({ state }) => state !== 'killed')
        if (living.length >= maxProcesses) throw new RefusedError('there are enough of them')
        return tell(`started ${processes.add()}`)
      }
      case 'kill process': {
        const { id } = asked
        if (!processes.kill(id)) throw new RefusedError(`no process ${id} is running`)
        return tell(`killed ${id}`)
      }
      case 'pause':
        await pauseSubscription(db, { ...delays, wait: false })
        return tell('paused the group')
      case 'resume':
        await resumeSubscription(db, delays)
        return tell('resumed the group')
      case 'break airport': {
        const { code } = asked
        if (!(await breakAirport(db, code))) throw new RefusedError(`there is no airport ${code}`)
        return tell(`broke ${code}: its handler throws`)
      }
      case 'mend airport': {
        const { code } = asked
        if (!(await mendAirport(db, code))) throw new RefusedError(`${code} is not broken`)
        return tell(`mended ${code}`)
      }
      case 'replay parked':
        return tell(await replayParked(parkedOf(store, asked.subscriptionId), asked.stream))
      case 'discard parked':
        return tell(await discardFirst(store, asked))
      case 'resize group':
        return tell(await resize(store, asked.size))
    }
  }
}

async function resize({ db }: MessageStore<Database>, size: number): Promise<string> {
  try {
    const { id, source } = delays
    const { from, to } = await resizeConsumerGroup(db, { id, category: source.category, size })
    return from === to ? `the group has ${size} members already` : `resizes from ${from} to ${to}`
  } catch (error) {
    if (error instanceof GroupResizingError || error instanceof GroupNotFoundError) {
      throw new RefusedError(error.message)
    }
    throw error
  }
}
