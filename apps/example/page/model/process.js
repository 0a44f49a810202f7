/** @import { ProcessState } from '../../src/live/page-state.ts' */

/** @param {Pick<ProcessState, 'id' | 'pid'>} process */
export const processName = ({ id, pid }) => (pid === undefined ? id : `${id} (pid ${pid})`)

/** @param {Pick<ProcessState, 'state' | 'members'>} process */
export function membersText({ state, members }) {
  if (state !== 'running') return state
  if (members.length === 0) return 'standing by'
  return `${members.length === 1 ? 'member' : 'members'} ${members.join(', ')}`
}
