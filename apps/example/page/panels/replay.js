/** @import { Command, PageState } from '../../src/live/page-state.ts' */
import { byId, part, setPart, setText } from '../dom/parts.js'
import { keyedList } from '../dom/keyed-list.js'
import { amount } from '../model/format.js'
import { speedChoices } from '../model/speed-choices.js'

/**
 * How much of the file is written, and how fast the rest shall be.
 *
 * @param {(command: Command) => void} ask
 * @returns {(state: PageState) => void}
 */
export function replayPanel(ask) {
  const written = byId('written', HTMLElement)
  const inFile = byId('in-file', HTMLElement)
  const progress = byId('progress', HTMLProgressElement)
  /** @type {(items: readonly ({ speed: number, text: string, chosen: boolean })[]) => void} */
  const choices = keyedList({
    list: byId('speed-choices', HTMLElement),
    template: 'speed',
    keyOf: ({ speed }) => String(speed),
    add: (label, { speed }) => {
      part(label, 'radio', HTMLInputElement).addEventListener('change', () =>
        ask({ command: 'set speed', flightsPerSecond: speed }),
      )
    },
    update: (label, { text, chosen }) => {
      setPart(label, 'text', text)
      const radio = part(label, 'radio', HTMLInputElement)
      if (radio.checked !== chosen) radio.checked = chosen
    },
  })
  return ({ flights }) => {
    setText(written, amount(flights.written))
    setText(inFile, amount(flights.inFile))
    progress.max = flights.inFile
    progress.value = flights.written
    choices(speedChoices(flights.speed))
  }
}
