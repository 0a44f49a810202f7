import { createMessageStore } from '@mdb/core'
import { installMessageStore } from '@mdb/core/migration'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { alertConsumer, delayConsumers } from './consumers.ts'
import { createTables } from './create-tables.ts'
import { readFlights } from './flights.ts'
import { openDatabase } from './open-database.ts'
import type { Options } from './options.ts'
import { doTogether, type Work } from './progress.ts'
import { printTotals, printWorstAirports } from './report.ts'
import { runUntilLive } from './run-until-live.ts'
import { countWrittenFlights, writeFlights } from './write-flights.ts'

/** The whole road, in the order in which the data goes it. Each step goes on where it was. */
export async function runExample(options: Options, signal: AbortSignal): Promise<void> {
  await using opened = await openDatabase(options)
  const { db, location } = opened
  console.log(`The data is in ${location}`)

  await installMessageStore(db)
  await installCheckpoints(db)
  await createTables(db)
  const store = createMessageStore(db)
  const flights = await readFlights()

  const steps: Work[][] = [
    [
      {
        title: 'Write flights',
        unit: 'flights',
        run: (task) => writeFlights(store, flights.slice(0, options.limit), task),
      },
    ],
    delayConsumers(store).map((consumer, member) => ({
      title: `Project delays, member ${member}`,
      unit: 'messages',
      run: (task) => runUntilLive(store, consumer, task),
    })),
    [
      {
        title: 'Count alerts',
        unit: 'alerts',
        run: (task) => runUntilLive(store, alertConsumer(store), task),
      },
    ],
  ]
  let done = 0
  for (const step of steps) {
    if (!signal.aborted) done += await doTogether(step, signal)
  }
  if (signal.aborted) return console.log('Stopped. Start again to go on from here.')

  const written = flights.slice(0, await countWrittenFlights(store))
  await printWorstAirports(db, written.length)
  await printTotals(db, written)
  if (done === 0) console.log('Nothing new since the last run.')
}
