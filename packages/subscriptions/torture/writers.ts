import { createMessageStore, isTransient } from '@mdb/core'
import type { Kysely } from 'kysely'
import { setTimeout } from 'node:timers/promises'
import type { TortureDatabase } from './database.ts'

/**
 * Many writers at once: some roll back, some are slow to commit, some write several streams. What is
 * committed is what the table says at the end. Each resolves when the signal aborts.
 */
export async function write(
  db: Kysely<TortureDatabase>,
  writers: number,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let turn = 0; !signal.aborted; turn += 1) {
        try {
          await transaction(db, writer, turn)
        } catch (error) {
          if (!(error instanceof RolledBack) && !isTransient(error)) throw error
        }
        await setTimeout((writer * 3 + turn) % 11, undefined, { ref: true })
      }
    }),
  )
}

class RolledBack extends Error {}

async function transaction(
  db: Kysely<TortureDatabase>,
  writer: number,
  turn: number,
): Promise<void> {
  const streams = [0, 1, 2]
    .slice(0, 1 + ((writer + turn) % 3))
    .map((n) => (writer + turn * 5 + n) % 40)
  await db.transaction().execute(async (trx) => {
    const store = createMessageStore(trx)
    for (const stream of streams) {
      await store.writeMessage(`flight-${stream}`, { type: 'Departed', data: { writer, turn } })
    }
    if (turn % 7 === 0) await setTimeout((turn % 5) * 8)
    if (turn % 6 === 5) throw new RolledBack()
  })
}
