/** @import { Command, PageState, ProcessState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, part, setAttribute, setPart } from '../dom/parts.js'
import { processText } from '../model/process.js'

/**
 * Who holds the leases, to kill and to add to.
 *
 * @param {(command: Command) => unknown} ask
 * @returns {(state: PageState) => void}
 */
export function processesPanel(ask) {
  byId('add', HTMLButtonElement).addEventListener('click', () => ask({ command: 'add process' }))
  /** @type {(items: readonly ProcessState[]) => void} */
  const rows = keyedList({
    list: byId('processes', HTMLElement),
    template: 'process',
    keyOf: ({ id }) => id,
    add: (row, { id }) => {
      const kill = part(row, 'kill', HTMLButtonElement)
      kill.addEventListener('click', () => ask({ command: 'kill process', id }))
    },
    update: (row, process) => {
      setAttribute(row, 'data-state', process.state)
      setPart(row, 'name', process.id)
      setPart(row, 'role', processText(process))
      const kill = part(row, 'kill', HTMLButtonElement)
      setAttribute(kill, 'aria-label', `Kill ${process.id}`)
      kill.hidden = process.state === 'killed' || process.state === 'stopped'
    },
  })
  return ({ group }) => rows(group.processes)
}
