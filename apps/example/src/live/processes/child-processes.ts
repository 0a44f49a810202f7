import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { ConsumerProcesses, Tell } from './consumer-processes.ts'
import { ProcessList } from './process-list.ts'
import type { FromWorker, WorkerData } from './worker-messages.ts'

/** Milliseconds that a process has to end in good order. */
const patience = 10_000

/** A process of the operating system each: to kill it is SIGKILL. They end when this one does. */
export function childProcesses(databaseUrl: string, tell: Tell): ConsumerProcesses {
  const list = new ProcessList<ChildProcess>()

  const add = (): string => {
    const id = list.nextId()
    const data: WorkerData = { id, processName: list.ownerName(id) }
    const child = fork(`${import.meta.dirname}/worker.ts`, [JSON.stringify(data)], {
      // The password is not for the list of processes.
      env: { ...process.env, DATABASE_URL: databaseUrl },
    })
    list.add(id, child, child.pid)
    child.on('message', (message: FromWorker) => {
      if (message.type === 'running') list.setState(id, 'running')
      else if (list.stateOf(id) !== 'killed') tell(message.text)
    })
    child.on('error', (error) => tell(`${id} cannot be run: ${error.message}`))
    child.on('exit', (code, signal) => {
      const asked = list.stateOf(id) === 'killed'
      list.ended(id, signal === null ? 'stopped' : 'killed')
      if (asked) return
      if (signal !== null) tell(`${id} was ended by ${signal}`)
      else if (code !== 0) tell(`${id} ended with code ${code}`)
    })
    return id
  }

  return {
    add,
    kill(id) {
      const child = list.living(id)
      if (child === undefined) return false
      list.ended(id, 'killed')
      return child.kill('SIGKILL')
    },
    list: () => list.states(),
    idOf: (owner) => list.idOf(owner),
    [Symbol.asyncDispose]: () => list.endAll(end),
  }
}

/** Hangs up, which is what a worker sees too when this process is killed. */
async function end(child: ChildProcess): Promise<void> {
  const over = new AbortController()
  const exit = once(child, 'exit').then(() => over.abort())
  if (child.connected) child.disconnect()
  await setTimeout(patience, undefined, { signal: over.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  )
  await exit
}
