/** What an official update script does at one of its lines. */
export type UpdateStep = { readonly statement: string } | { readonly file: string }

const SCRIPTS = [
  { script: 'update/1.2.2.sh', version: '1.2.2' },
  { script: 'update/1.3.0.sh', version: '1.3.0' },
]

/**
 * Which of the official update scripts lead from a version to the newest, in order; none from the
 * newest itself, and `undefined` from a version that there is no way from.
 */
export function upgradeScripts(from: string): string[] | undefined {
  const version = /^1\.\d{1,4}\.\d{1,4}$/.test(from) ? weight(from) : undefined
  const newest = Math.max(...SCRIPTS.map(({ version }) => weight(version)))
  if (version === undefined || version > newest) return undefined
  return SCRIPTS.filter((step) => weight(step.version) > version).map(({ script }) => script)
}

function weight(version: string): number {
  return version.split('.').reduce((sum, part) => sum * 10_000 + Number(part), 0)
}

/**
 * Reads what an update script runs out of its lines, which are in the order of their execution.
 * `CASCADE` is left out: it would drop, in silence, what users built on a function.
 */
export function updateSteps(script: string): UpdateStep[] {
  return Array.from(script.matchAll(STEP), ([, statement, file]) =>
    statement === undefined
      ? { file: file ?? '' }
      : { statement: statement.replace(/ CASCADE$/, '').replace(/;$/, '') },
  )
}

const STEP =
  /^ *(?:run_psql "([^"]+)"|(?:run_psql_file|psql \$database -q -f) \$base\/(\S+\.sql))/gm
