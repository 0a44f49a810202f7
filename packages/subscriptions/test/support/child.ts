import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Host } from './network.ts'

export interface Consumer extends AsyncDisposable {
  readonly process: ChildProcess
  readonly lines: readonly string[]
  /** Resolves once it has written a line, now or before. */
  until(line: string): Promise<void>
  /** Resolves once what it has written fulfils this. */
  untilLines(fulfil: (lines: readonly string[]) => boolean): Promise<void>
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<unknown>
}

/** Starts `child-consumer.ts` in a process of its own. */
export function startConsumer(...args: readonly string[]): Consumer {
  return startScript('child-consumer.ts', args)
}

/** Starts `child-group.ts`, one process of an elastic group. */
export function startGroupProcess(...args: readonly string[]): Consumer {
  return startScript('child-group.ts', args)
}

/** Starts `child-control.ts`, which is paused and moved from outside. */
export function startControlled(...args: readonly string[]): Consumer {
  return startScript('child-control.ts', args)
}

/** Starts `child-host.ts`, one process of an elastic group, on a host. */
export function startOnHost(host: Host, ...args: readonly string[]): Consumer {
  return startScript('child-host.ts', args, host.command)
}

/** Starts `child-stream.ts`, whose place is in a position stream. */
export function startStreamConsumer(...args: readonly string[]): Consumer {
  return startScript('child-stream.ts', args)
}

/** Starts Eventide's own consumer, in Ruby: `eventide-consumer.rb`. */
export function startRubyConsumer(...args: readonly string[]): Consumer {
  return startProcess('ruby', [join(import.meta.dirname, 'eventide-consumer.rb'), ...args])
}

/** Starts `child-signals.ts`, which stops on signals. */
export function startStoppable(...args: readonly string[]): Consumer {
  return startScript('child-signals.ts', args)
}

function startScript(name: string, args: readonly string[], on: readonly string[] = []): Consumer {
  const script = join(import.meta.dirname, name)
  const [command, ...rest] = [...on, process.execPath, '--conditions=@mdb/source', script] as const
  return startProcess(command, [...rest, ...args])
}

function startProcess(command: string, args: readonly string[]): Consumer {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
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
    until(line) {
      return this.untilLines(() => lines.includes(line))
    },
    async untilLines(fulfil) {
      while (!fulfil(lines)) {
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
