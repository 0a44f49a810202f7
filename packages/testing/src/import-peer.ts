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
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
    error.message.includes(`'${packageName}'`)
  )
}
