/** @import { GroupState } from '../../src/live/page-state.ts' */

/**
 * How many members there are, or will be: one that is paused is resized once it goes on.
 *
 * @param {Pick<GroupState, 'size' | 'resizing' | 'paused'>} group
 */
export function sizeText({ size, resizing, paused }) {
  if (resizing === undefined) return `${size} now`
  return paused ? `to ${resizing.to}, when resumed` : `to ${resizing.to}…`
}
