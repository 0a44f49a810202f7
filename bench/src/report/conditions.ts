import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { findPackageJSON } from 'node:module'
import { connect } from '../setup/connect.ts'

/** What figures depend on: machine, server, versions. */
export interface Conditions {
  readonly date: string
  readonly commit: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** The load of the last minute when the run began: at rest, near 0. */
  readonly load: number
  readonly postgres: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly seed: number
  readonly mode: string
}

const SETTINGS = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'jit']
const PACKAGES = [
  '@doughtnerd/message-store-connector',
  '@electric-sql/pglite',
  '@event-driven-io/emmett-postgresql',
  'kysely',
  'message-db-connector',
  'pg',
  'postgres',
]

export async function readConditions(
  address: string,
  { seed, mode }: { readonly seed: number; readonly mode: string },
): Promise<Conditions> {
  const client = await connect(address)
  const postgres: Record<string, string> = {}
  for (const name of SETTINGS) {
    const { rows } = await client.query<[string]>({ text: `show ${name}`, rowMode: 'array' })
    postgres[name] = rows[0]?.[0] ?? ''
  }
  const { rows } = await client.query<{ version: string }>(
    'select message_store.message_store_version() as version',
  )
  postgres['Message DB'] = rows[0]?.version ?? ''
  await client.end()
  return {
    date: new Date().toISOString(),
    commit: git('describe', '--always', '--dirty'),
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? Number.NaN,
    postgres,
    versions: Object.fromEntries(PACKAGES.flatMap(versionOf)),
    seed,
    mode,
  }
}

function versionOf(name: string): [string, string][] {
  const file = findPackageJSON(name, import.meta.url)
  if (file === undefined) return []
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return [[name, version]]
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

function list(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

export function printConditions(conditions: Conditions): string {
  const { date, commit, node, cpu, cores, memoryGiB, load, postgres, versions, seed, mode } =
    conditions
  return [
    `${mode}, ${date}, commit ${commit}, seed ${seed}`,
    `${cores} × ${cpu}, ${memoryGiB} GiB, load at the start ${load.toFixed(1)}; Node ${node}`,
    `PostgreSQL over TCP on this machine: ${list(postgres)}`,
    list(versions),
  ].join('\n')
}
