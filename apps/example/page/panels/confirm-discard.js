/** @import { ParkedState } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'
import { parkedMessageText } from '../model/parked.js'

/**
 * Asks first: what is discarded is never handled, and the totals will lack it.
 *
 * @param {ParkedState} parked
 * @param {() => void} discard
 */
export function confirmDiscard(parked, discard) {
  setText(
    byId('discard-text', HTMLElement),
    `The ${parkedMessageText(parked)} of ${parked.stream} will never be handled, so the totals will lack it. ` +
      'Those that wait behind it go on.',
  )
  // Not the dialog's `close`: it is told a frame late, when the dialog may be open for another message.
  byId('discard-form', HTMLFormElement).onsubmit = ({ submitter }) => {
    if (submitter === byId('discard-confirmed', HTMLButtonElement)) discard()
  }
  byId('discard', HTMLDialogElement).showModal()
}
