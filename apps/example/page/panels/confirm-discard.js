/** @import { ParkedState } from '../../src/live/page-state.ts' */
import { byId, setText } from '../dom/parts.js'

/**
 * Asks first: what is discarded is never handled, and the totals will differ.
 *
 * @param {ParkedState} parked
 * @param {() => void} discard
 */
export function confirmDiscard({ stream, type }, discard) {
  const dialog = byId('discard', HTMLDialogElement)
  setText(
    byId('discard-text', HTMLElement),
    `The ${type} of ${stream} will never be handled, so the totals will differ from the file by it. ` +
      'Those that wait behind it go on.',
  )
  dialog.returnValue = 'keep'
  dialog.addEventListener('close', () => dialog.returnValue === 'discard' && discard(), {
    once: true,
  })
  dialog.showModal()
}
