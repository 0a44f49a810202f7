// Every database that a run makes is named after the run, so that it is known whose it is.
const PREFIX = 'mdb_test_'
const PATTERN = /^mdb_test_([0-9a-f]{12})_[0-9a-f]{16}(?:_template)?$/

/** A new name for a run: all tests that share one server, whatever their processes. */
export function newRun(): string {
  return randomHex(12)
}

/** A new name for a database of the run. */
export function databaseName(run: string): string {
  return `${PREFIX}${run}_${randomHex(16)}`
}

/** A new name for a database of the run that others are cloned from. */
export function templateName(run: string): string {
  return `${databaseName(run)}_template`
}

/** Whose database it is; `undefined` when no run made it. */
export function runOf(database: string): string | undefined {
  return PATTERN.exec(database)?.[1]
}

/** For `like`: all databases of one run, or of all of them. */
export function likeRun(run = '%'): string {
  return `${PREFIX.replaceAll('_', String.raw`\_`)}${run}\\_%`
}

function randomHex(digits: number): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, digits)
}
