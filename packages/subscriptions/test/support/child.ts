import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Consumer extends AsyncDisposable {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Resolves once it has written a line. */
  until(line: string): Promise<void>
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<unknown>
}

/** Starts `child-consumer.ts` in a process of its own. */
export function startConsumer(...args: readonly string[]): Consumer {
  const script = join(import.meta.dirname, 'child-consumer.ts')
  const child = spawn(process.execPath, ['--conditions=@mdb/source', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  let waiting: Array<() => void> = []
  const notice = (): void => {
    for (const each of waiting) each()
    waiting = []
  }
  const exited = once(child, 'exit').then(notice)
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    notice()
  })
  return {
    process: child,
    lines,
    exited,
    async until(line) {
      while (!lines.includes(line)) {
        if (child.exitCode !== null) throw new Error(`it ended after: ${lines.join(', ')}`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
