/** @import { ParkedState } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'
import { parkedMessageText } from '../model/parked.js'

/**
 * Asks first: what is discarded is never handled, and the totals will lack it.
 *
 * @returns {(parked: ParkedState, discard: () => void) => void}
 */
export function discardDialog() {
  const dialog = byId('discard', HTMLDialogElement)
  const text = byId('discard-text', HTMLElement)
  const confirmed = byId('discard-confirmed', HTMLButtonElement)
  /** @type {(() => void) | undefined} */
  let discardAsked
  // Not the dialog's `close`, which is told a frame late: by then it may be open for another message.
  byId('discard-form', HTMLFormElement).addEventListener('submit', ({ submitter }) => {
    if (submitter === confirmed) discardAsked?.()
  })
  return (parked, discard) => {
    setText(
      text,
      `The ${parkedMessageText(parked)} of ${parked.stream} will never be handled, so the totals will lack it. ` +
        'Those that wait behind it go on.',
    )
    discardAsked = discard
    dialog.showModal()
  }
}
