/** @import { Command, PageState } from '../../src/live/page-state.ts' */
import { byId, part, setPart, setText } from '../dom/parts.js'
import { keyedList } from '../dom/keyed-list.js'
import { amount } from '../model/format.js'
import { speedChoices } from '../model/speed-choices.js'
import { isAllWritten, writingText } from '../model/writing.js'

/**
 * How much of the file is written, and how fast the rest shall be. A choice stays as it was made until
 * the server has answered and told what came of it: what it told meanwhile is older.
 *
 * @param {(command: Command) => Promise<void>} ask
 * @returns {(state: PageState) => void}
 */
export function replayPanel(ask) {
  const written = byId('written', HTMLElement)
  const inFile = byId('in-file', HTMLElement)
  const speeds = byId('speeds', HTMLFieldSetElement)
  const writing = byId('writing', HTMLElement)
  const progress = byId('progress', HTMLProgressElement)
  /** @type {PageState['flights'] | undefined} */
  let told
  /** @type {number | undefined} */
  let wanted
  /** @type {PageState['flights'] | undefined} */
  let toldBeforeAnswer
  let isAsking = false

  // One request at a time: of two, the second may overtake the first.
  /** @param {number} speed */
  const want = async (speed) => {
    wanted = speed
    toldBeforeAnswer = undefined
    if (isAsking) return
    isAsking = true
    let asked
    do {
      asked = wanted
      await ask({ command: 'set speed', flightsPerSecond: asked })
    } while (asked !== wanted)
    isAsking = false
    toldBeforeAnswer = told
  }
  /** @type {(items: readonly ({ speed: number, text: string, chosen: boolean })[]) => void} */
  const choices = keyedList({
    list: byId('speed-choices', HTMLElement),
    template: 'speed',
    keyOf: ({ speed }) => String(speed),
    add: (label, { speed }) => {
      part(label, 'radio', HTMLInputElement).addEventListener('change', () => void want(speed))
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
    speeds.disabled = isAllWritten(flights)
    setText(writing, writingText(flights))
    told = flights
    if (toldBeforeAnswer !== undefined && toldBeforeAnswer !== told) wanted = undefined
    choices(speedChoices(wanted ?? flights.speed))
  }
}
