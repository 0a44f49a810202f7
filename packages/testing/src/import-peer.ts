import { errorCode, errorMessage } from './error-code.ts'
import { MissingPeerError } from './errors.ts'

/**
 * Loads an optional peer, and says which package to add where it is missing.
 *
 * @throws {MissingPeerError}
 */
export async function importPeer<Module>(
  packageName: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    if (isMissing(error, packageName)) throw new MissingPeerError(packageName, { cause: error })
    throw error
  }
}

/** Whether a package was not found. One that is there, but lacks something itself, is not missing. */
export function isMissing(error: unknown, packageName: string): boolean {
  const code = errorCode(error)
  return (
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') &&
    errorMessage(error).includes(`'${packageName}'`)
  )
}
