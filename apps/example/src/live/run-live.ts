import { createMessageStore } from '@mdb/core'
import { readAirports } from '../airports.ts'
import { delays } from '../consumers.ts'
import { readFlights } from '../flights.ts'
import { openDatabase } from '../open-database.ts'
import type { Options } from '../options.ts'
import { prepareDatabase } from '../prepare-database.ts'
import { EventLog } from './event-log.ts'
import { Feed } from './feed.ts'
import { performer } from './perform.ts'
import { startProcesses } from './processes/start-processes.ts'
import { Replay } from './replay.ts'
import { readSpeed } from './replay-speed.ts'
import { createApp } from './server/app.ts'
import { listen } from './server/listen.ts'
import { readMap } from './us-map.ts'
import { watch } from './watch.ts'

/** Serves the page until the signal aborts. The database is its only memory: started again, it goes on. */
export async function runLive(options: Options, signal: AbortSignal): Promise<void> {
  await using opened = await openDatabase(options)
  await prepareDatabase(opened.db)
  const store = createMessageStore(opened.db)
  const flights = (await readFlights()).slice(0, options.limit)
  const flownTo = new Set(flights.map(({ destination }) => destination))
  const airports = (await readAirports()).filter(({ code }) => flownTo.has(code))

  const events = new EventLog()
  const feed = new Feed()
  await using processes = startProcesses(opened, events.add)
  for (let count = 0; count < delays.source.consumerGroup.size; count += 1) processes.add()
  const speed = options.speed ?? (await readSpeed(store.db))
  const replay = new Replay({ store, flights, speed, tell: events.add })
  const perform = performer({ store, processes, replay, tell: events.add })

  const failed = new AbortController()
  const over = AbortSignal.any([signal, failed.signal])
  const app = createApp({ feed, map: await readMap(), perform, host: options.host, signal: over })
  await using server = await listen(app, options)
  console.log(`The data is in ${opened.location}\n\n  ${server.url}\n\nCtrl-C stops it.`)

  const database = opened.kind
  const work = [
    replay.run(over),
    watch({ store, database, flights, airports, processes, replay, events, feed }, over),
    untilAborted(over),
  ]
  // What cannot go on ends it all, in good order.
  await Promise.all(
    work.map((each) =>
      each.catch((error: unknown) => {
        failed.abort()
        throw error
      }),
    ),
  )
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => aborted.resolve(), { once: true })
  await aborted.promise
}
