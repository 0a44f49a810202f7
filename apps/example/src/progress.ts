import { setImmediate } from 'node:timers/promises'
import { Listr } from 'listr2'

/** What a piece of work gets: when to stop, and where to say how far it is. */
export interface Task {
  readonly signal: AbortSignal
  readonly progress: (done: number, total: number) => Promise<void>
}

/** A piece of work with a name. It resolves with how much was done, in its unit. */
export interface Work {
  readonly title: string
  readonly unit: string
  readonly run: (task: Task) => Promise<number>
}

/** Does the work all at once, each with a line of progress; says how much was done in all. */
export async function doTogether(work: readonly Work[], signal: AbortSignal): Promise<number> {
  let total = 0
  const list = new Listr<object>([], {
    concurrent: true,
    // Ctrl-C ends the work through the signal, not the process in the middle of it.
    registerSignalListeners: false,
    fallbackRenderer: 'simple',
  })
  for (const { title, unit, run } of work) {
    list.add({
      title,
      task: async (_context, line) => {
        const show = (percent: number): void => {
          line.output = `${title} ${bar(percent)}${percent} %`
        }
        const done = await run({ signal, progress: everyStep(show) })
        total += done
        const amount = done === 0 ? 'nothing new' : `${done.toLocaleString('en')} ${unit}`
        line.title = `${title}: ${signal.aborted ? `stopped after ${done} ${unit}` : amount}`
      },
    })
  }
  await list.run()
  return total
}

/** A terminal shows each percent, as a bar; a file or a pipe gets a line for each ten. */
const step = process.stdout.isTTY ? 1 : 10

function everyStep(show: (percent: number) => void): Task['progress'] {
  let shown = -1
  return async (done, total) => {
    const percent = Math.floor((done / total) * (100 / step)) * step
    if (percent !== shown) show(percent)
    shown = percent
    // PGlite works inside this process and waits for no I/O, so without this neither a timer nor
    // Ctrl-C would get a turn until all is done.
    await setImmediate()
  }
}

function bar(percent: number): string {
  if (!process.stdout.isTTY) return ''
  const full = Math.round(percent / 5)
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} `
}
