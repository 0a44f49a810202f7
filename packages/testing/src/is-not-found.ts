import { errorCode } from './error-code.ts'

/** Whether a file-system call failed because there is no such file. */
export function isNotFound(error: unknown): boolean {
  return errorCode(error) === 'ENOENT'
}
