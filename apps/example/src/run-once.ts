import { createMessageStore } from '@mdb/core'
import { printTotals, printWorstAirports } from './report.ts'
import { alertCounts, alertCountsOptions, delays, delaysOptions } from './consumers.ts'
import { readFlights } from './flights.ts'
import { openDatabase } from './open-database.ts'
import type { Options } from './options.ts'
import { prepareDatabase } from './prepare-database.ts'
import { doTogether, type Work } from './progress.ts'
import { runUntilProcessed } from './run-until-processed.ts'
import { countWrittenFlights, writeFlights } from './write-flights.ts'

/** The whole road, in the order in which the data goes it. Each step goes on where it was. */
export async function runOnce(options: Options, signal: AbortSignal): Promise<void> {
  await using opened = await openDatabase(options)
  const { db, location } = opened
  console.log(`The data is in ${location}`)
  await prepareDatabase(db)
  const store = createMessageStore(db)
  const flights = await readFlights()

  const steps: Work[] = [
    {
      title: 'Write flights',
      unit: 'flights',
      run: (task) => writeFlights(store, flights.slice(0, options.limit), task),
    },
    {
      title: 'Project delays',
      unit: 'messages',
      run: (task) => runUntilProcessed(store, delays, delaysOptions(store), task),
    },
    {
      title: 'Count alerts',
      unit: 'alerts',
      run: (task) => runUntilProcessed(store, alertCounts, alertCountsOptions(store), task),
    },
  ]
  let done = 0
  for (const step of steps) {
    if (!signal.aborted) done += await doTogether([step], signal)
  }
  if (signal.aborted) return

  const written = flights.slice(0, await countWrittenFlights(store))
  await printWorstAirports(db, written.length)
  await printTotals(db, written)
  if (done === 0) console.log('Nothing new since the last run.')
}
