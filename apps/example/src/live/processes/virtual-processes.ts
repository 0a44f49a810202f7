import type { PGlite } from '@electric-sql/pglite'
import { createMessageStore } from '@mdb/core'
import { connectToPGlite } from '../../pglite-connection.ts'
import { runConsumers } from '../../run-consumers.ts'
import type { ConsumerProcesses, Tell } from './consumer-processes.ts'
import { describeEvent, reasonOf } from './describe-event.ts'
import { ProcessList } from './process-list.ts'

/**
 * Processes within this one, since a PGlite is in one process alone. Each has a connection of its own;
 * to kill it is to cut that, so that it can neither finish nor give back what it holds.
 */
export function virtualProcesses(pglite: PGlite, tell: Tell): ConsumerProcesses {
  const list = new ProcessList<{ readonly cut: () => void; readonly stop: () => Promise<void> }>()

  const add = (): string => {
    const id = list.nextId()
    const { db, cut } = connectToPGlite(pglite)
    const stop = new AbortController()
    const run = runConsumers(createMessageStore(db), {
      processName: list.ownerName(id),
      signal: stop.signal,
      observer: (event) => {
        const text = describeEvent(id, event)
        if (text !== undefined && list.stateOf(id) !== 'killed') tell(text)
      },
    }).then(
      () => list.ended(id, 'stopped'),
      (error: unknown) => {
        if (list.ended(id, 'stopped') === 'stopped') tell(`${id} failed: ${reasonOf(error)}`)
      },
    )
    list.add(id, {
      cut,
      stop: async () => {
        stop.abort()
        await run
      },
    })
    list.setState(id, 'running')
    return id
  }

  return {
    add,
    kill(id) {
      const handle = list.living(id)
      if (handle === undefined) return false
      list.ended(id, 'killed')
      handle.cut()
      return true
    },
    list: () => list.states(),
    idOf: (owner) => list.idOf(owner),
    [Symbol.asyncDispose]: () => list.endAll(({ stop }) => stop()),
  }
}
