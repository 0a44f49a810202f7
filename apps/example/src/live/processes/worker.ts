// One process of the groups. It ends when whoever started it hangs up, or is no more.
import { createMessageStore } from '@mdb/core'
import { openDatabase } from '../../open-database.ts'
import { readOptions } from '../../options.ts'
import { runConsumers } from '../../run-consumers.ts'
import { describeEvent } from './describe-event.ts'
import type { FromWorker, WorkerData } from './worker-messages.ts'

const stop = new AbortController()
process.on('disconnect', () => stop.abort())
// Ctrl-C reaches all processes of a terminal; this one waits for its parent to hang up.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

const { id, processName } = JSON.parse(process.argv[2] ?? '') as WorkerData
const tell = (message: FromWorker): void => {
  // Nobody is there any more once the parent has gone.
  if (process.connected) process.send?.(message, undefined, {}, () => {})
}

await using opened = await openDatabase(readOptions([], process.env))
tell({ type: 'running' })
await runConsumers(createMessageStore(opened.db), {
  processName,
  signal: stop.signal,
  observer: (event) => {
    const text = describeEvent(id, event)
    if (text !== undefined) tell({ type: 'event', text })
  },
})
// The channel would keep the process.
if (process.connected) process.disconnect()
