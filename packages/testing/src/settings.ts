import { InvalidSettingError } from './errors.ts'
import type { Backend } from './test-database.ts'

/** What the environment says about the server to test on. */
export interface Settings {
  readonly backend: Backend | undefined
  readonly major: number | undefined
  readonly image: string | undefined
  readonly url: string | undefined
}

/** Every backend there is. */
export const BACKENDS: readonly Backend[] = ['pglite', 'embedded', 'testcontainers', 'url']

/** Reads `MDB_TEST_…`. An empty variable is one that is not set. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read = (name: string): string | undefined => environment[name] || undefined
  const url = read('MDB_TEST_URL')
  return {
    backend: toBackend(read('MDB_TEST_BACKEND')) ?? (url === undefined ? undefined : 'url'),
    major: toMajor(read('MDB_TEST_MAJOR')),
    image: read('MDB_TEST_IMAGE'),
    url,
  }
}

function toBackend(text: string | undefined): Backend | undefined {
  if (text === undefined) return undefined
  const backend = BACKENDS.find((each) => each === text)
  if (backend !== undefined) return backend
  throw new InvalidSettingError('MDB_TEST_BACKEND', text, `one of ${BACKENDS.join(', ')}`)
}

function toMajor(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidSettingError('MDB_TEST_MAJOR', text, 'a major of PostgreSQL, such as 17')
}
