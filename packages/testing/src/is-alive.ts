import { errorCode } from './error-code.ts'

/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process lives, but may not be signalled.
    return errorCode(error) === 'EPERM'
  }
}
