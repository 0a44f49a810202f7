import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** Runs a module in a process of its own, and resolves at its first line. */
export async function runScript(script: string): Promise<
  AsyncDisposable & {
    readonly pid: number | undefined
    /** The first line. */
    readonly line: string
    /** Ends it as the kernel would. */
    kill(): Promise<void>
  }
> {
  const child = spawn(
    process.execPath,
    ['--conditions=@mdb/source', '--input-type=module', '--eval', script],
    { cwd: path.resolve(import.meta.dirname, '..'), stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { pid: child.pid, line, kill, [Symbol.asyncDispose]: kill }
}
