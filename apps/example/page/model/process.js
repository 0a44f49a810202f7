/** @import { ProcessState } from '../../src/live/page-state.ts' */

/**
 * What the process is to the system, and to the group.
 *
 * @param {Pick<ProcessState, 'pid' | 'state' | 'members'>} process
 */
export function processText({ pid, state, members }) {
  const role = state === 'running' ? membersText(members) : state
  return pid === undefined ? role : `pid ${pid}, ${role}`
}

/** @param {readonly number[]} members */
function membersText(members) {
  if (members.length === 0) return 'standing by'
  return `${members.length === 1 ? 'member' : 'members'} ${members.join(', ')}`
}
