import { readFileSync } from 'node:fs'
import { errorCode } from './error-code.ts'

/**
 * Whether a process of this machine lives. One that ended, and that its parent has not waited for, does
 * not: in a container without an init process it keeps its id for ever.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Another user's process lives, but may not be signalled.
    if (errorCode(error) !== 'EPERM') return false
  }
  return !isZombie(pid)
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    // "pid (name) state ...", and a name may contain parentheses.
    return /^.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // Hidden from this user, or gone by now: what the signal said stands.
    return false
  }
}
