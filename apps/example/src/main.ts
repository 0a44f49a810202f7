import { runLive } from './live/run-live.ts'
import { readOptions, usage } from './options.ts'
import { runOnce } from './run-once.ts'

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Who presses Ctrl-C again wants out now, and loses nothing by it.
    if (stop.signal.aborted) process.exit(1)
    stop.abort(new Error(`Received ${name}`))
  })
}

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options.help) console.log(usage)
  else if (options.once) await runOnce(options, stop.signal)
  else await runLive(options, stop.signal)
  if (stop.signal.aborted) console.log('Stopped. Start again to go on from here.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
