import { spawn } from 'node:child_process'

// Reads a line when the server ends in good order, and the end of its input when this process ends in
// any other way, be it by SIGKILL. `$0` is a name to be seen by.
const SCRIPT = `
read -r line && exit 0
pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
  kill -QUIT "$pid" 2>/dev/null
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -e "$1/postmaster.pid" ] || break
    sleep 1
  done
fi
[ -z "$2" ] || rm -rf "$2"
`

/** What a watchdog does when its process is gone. */
interface Watched {
  /** The cluster whose server is ended. */
  readonly dataDirectory: string
  /** The directory that is removed after it; none is when it is `undefined`. */
  readonly removes: string | undefined
}

/**
 * Starts a process of a few hundred kilobytes that outlives this one and then cleans up after it. On
 * Windows there is none: what is left there, the next start sweeps away.
 *
 * @returns a function that sends it home.
 */
export function startWatchdog({ dataDirectory, removes = '' }: Watched): () => void {
  if (process.platform === 'win32') return () => undefined
  const watchdog = spawn('sh', ['-c', SCRIPT, 'mdb-testing-watchdog', dataDirectory, removes], {
    // A group of its own: a Ctrl-C in the terminal, or a kill of the group, is not for it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without it, too, the next start sweeps.
  watchdog.on('error', () => undefined)
  watchdog.stdin.on('error', () => undefined)
  watchdog.unref()
  return () => void watchdog.stdin.end('done\n')
}
