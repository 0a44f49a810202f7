/** @import { Command, PageState, ParkedState } from '../../src/live/page-state.ts' */
import { keyedList } from '../dom/keyed-list.js'
import { byId, part, setPart, setText } from '../dom/parts.js'
import { counted } from '../model/format.js'
import { parkedKey, parkedMessageText, waitingText } from '../model/parked.js'

/**
 * What was set aside, and why; to replay, or to discard.
 *
 * @param {(command: Command) => unknown} ask
 * @param {(parked: ParkedState, discard: () => void) => void} confirmDiscard
 * @returns {(state: PageState) => void}
 */
export function parkedPanel(ask, confirmDiscard) {
  const count = byId('parked-count', HTMLElement)
  const empty = byId('nothing-parked', HTMLElement)
  /** @type {(items: readonly ParkedState[]) => void} */
  const rows = keyedList({
    list: byId('parked', HTMLElement),
    template: 'parked-message',
    keyOf: parkedKey,
    add: (row, parked) => {
      const { subscriptionId, stream, globalPosition } = parked
      part(row, 'replay', HTMLButtonElement).addEventListener('click', () =>
        ask({ command: 'replay parked', subscriptionId, stream }),
      )
      part(row, 'discard', HTMLButtonElement).addEventListener('click', () =>
        confirmDiscard(parked, () =>
          ask({ command: 'discard parked', subscriptionId, stream, globalPosition }),
        ),
      )
    },
    update: (row, parked) => {
      setPart(row, 'stream', parked.stream)
      setPart(row, 'message', parkedMessageText(parked))
      setPart(row, 'error', parked.error)
      setPart(row, 'waiting', waitingText(parked))
      for (const name of ['replay', 'discard']) {
        part(row, name, HTMLButtonElement).setAttribute('aria-label', `${name} ${parked.stream}`)
      }
    },
  })
  return ({ parked }) => {
    setText(count, parked.length === 0 ? '' : counted(parked.length, 'stream'))
    empty.hidden = parked.length > 0
    rows(parked)
  }
}
