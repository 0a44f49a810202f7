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
  const dialog = byId('discard', HTMLDialogElement)
  setText(
    byId('discard-text', HTMLElement),
    `The ${parkedMessageText(parked)} of ${parked.stream} will never be handled, so the totals will lack it. ` +
      'Those that wait behind it go on.',
  )
  dialog.returnValue = 'keep'
  dialog.addEventListener('close', () => dialog.returnValue === 'discard' && discard(), {
    once: true,
  })
  dialog.showModal()
}
