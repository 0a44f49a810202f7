import { Session } from 'node:inspector/promises'
import type { Profiler } from 'node:inspector'
import type { Bench } from '../setup/bench.ts'
import { openStore } from '../setup/toolkit.ts'
import { nextId } from '../works/next-id.ts'
import { parseJson } from './parse-json.ts'
import { attribute, type Share } from './attribute.ts'

/** Where a process spends its time while a subscription catches up. */
export interface FloorResult {
  readonly messages: number
  /** Microseconds of the processor per message, waiting left out. */
  readonly perMessage: number
  readonly shares: readonly Share[]
}

const ROUNDS = 5

/** Profiles catching up over the history, with an empty handler, after a round that warms up. */
export async function measureFloor(bench: Bench): Promise<FloorResult> {
  const { url, last } = await bench.history()
  const { db, close } = openStore(bench.toolkit, { connectionString: url, max: 2 })
  const json = { parse: parseJson, stringify: JSON.stringify }
  const store = bench.toolkit.core.createMessageStore(db, { json })
  const { subscribe } = bench.toolkit.subscriptions
  const position = last - BigInt(Math.min(4 * bench.scale.read, bench.scale.history) - 1)
  const once = async (): Promise<number> => {
    let handled = 0
    const source = { category: 'flight', position } as const
    const handler = (): void => {
      handled += 1
    }
    await subscribe(store, { id: nextId(), source, handler }).run({ until: 'caught up' })
    return handled
  }
  await once()
  const { profile, result } = await profiled(async () => {
    let messages = 0
    for (let round = 0; round < ROUNDS; round += 1) messages += await once()
    return messages
  })
  await close()
  const shares = attribute(profile)
  const busy = shares.reduce((sum, { microseconds }) => sum + microseconds, 0)
  return { messages: result, perMessage: busy / result, shares }
}

async function profiled<T>(
  run: () => Promise<T>,
): Promise<{ readonly profile: Profiler.Profile; readonly result: T }> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
  const result = await run()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return { profile, result }
}

export function printFloor({ messages, perMessage, shares }: FloorResult): string {
  const lines = shares.map(
    ({ owner, share, microseconds }) =>
      `  ${(share * 100).toFixed(1).padStart(5)} %  ${(microseconds / messages).toFixed(2).padStart(6)} µs  ${owner}`,
  )
  const ours = shares.filter(({ owner }) => owner.startsWith('@mdb/'))
  const sum = ours.reduce((total, { share }) => total + share, 0)
  return `Where a message's time goes, catching up (${perMessage.toFixed(2)} µs of the processor each; ours ${(sum * 100).toFixed(0)} %):
${lines.join('\n')}`
}
