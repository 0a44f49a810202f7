import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** The example, serving its page. */
export interface Live extends AsyncDisposable {
  readonly url: string
  /** As `kill -9` does: no goodbye to anyone. */
  kill(): Promise<void>
  /** Resolves when it has printed this. */
  printed(text: string): Promise<void>
}

export interface LiveOptions {
  /** A PostgreSQL to run on; PGlite without. */
  readonly databaseUrl?: string | undefined
  readonly dataDirectory: string
  /** A PostgreSQL of its own. */
  readonly embedded?: boolean
  /** Flights per second, whatever was chosen last. */
  readonly speed?: number
  /** 0 for any that is free. */
  readonly port?: number
}

/** Runs the example as `pnpm start` does, until it prints the address of its page. */
export async function startLive({
  databaseUrl = '',
  dataDirectory,
  embedded = false,
  speed,
  port = 0,
}: LiveOptions): Promise<Live> {
  const main = `${import.meta.dirname}/../../../src/main.ts`
  const child = spawn(
    process.execPath,
    [
      '--conditions=@mdb/source',
      main,
      `--port=${port}`,
      `--data-dir=${dataDirectory}`,
      ...(embedded ? ['--embedded'] : []),
      ...(speed === undefined ? [] : [`--speed=${speed}`]),
    ],
    {
      env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const closed = once(child, 'close')
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: string): void => {
      output += chunk
      const address = /http:\/\/[\w.:[\]]+\/?/.exec(output)?.[0]
      if (address !== undefined && output.includes('\n', output.indexOf(address))) resolve(address)
    }
    child.stdout.setEncoding('utf8').on('data', listen)
    child.stderr.setEncoding('utf8').on('data', listen)
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`Ended with ${code}, and said: ${output}`)))
  })
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => void (output.includes(text) && resolve())
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('close', () => reject(new Error(`It ended, and said: ${output}`)))
      look()
    })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await closed
  }
  return { url, printed, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: () => end('SIGTERM') }
}
