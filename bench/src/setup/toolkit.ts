import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as core from '@mdb/core'
import type { namedStatements } from '@mdb/core/pg'
import type * as migration from '@mdb/core/migration'
import type * as subscriptions from '@mdb/subscriptions'
import type * as subscriptionsMigration from '@mdb/subscriptions/migration'
import type * as listen from '@mdb/subscriptions/pg'
import type * as kyselyModule from 'kysely'
import pg from 'pg'

type KyselyModule = typeof kyselyModule

/** Our packages, of one checkout: of this one, or of the one it is compared with. */
export interface Toolkit {
  readonly core: typeof core
  /** Names our statements on a pool of pg. A checkout from before it was there has none. */
  readonly namedStatements: typeof namedStatements | undefined
  readonly migration: typeof migration
  readonly subscriptions: typeof subscriptions
  readonly subscriptionsMigration: typeof subscriptionsMigration
  readonly listen: typeof listen
  readonly kysely: KyselyModule
}

/** The packages of this checkout, under their names. */
export async function ownToolkit(): Promise<Toolkit> {
  return {
    core: await import('@mdb/core'),
    namedStatements: (await import('@mdb/core/pg')).namedStatements,
    migration: await import('@mdb/core/migration'),
    subscriptions: await import('@mdb/subscriptions'),
    subscriptionsMigration: await import('@mdb/subscriptions/migration'),
    listen: await import('@mdb/subscriptions/pg'),
    kysely: await import('kysely'),
  }
}

const PG = 'packages/core/src/pg/index.ts'

/** The packages of another checkout, which is installed; on its own Kysely, and on our driver. */
export async function toolkitOf(checkout: string): Promise<Toolkit> {
  const source = async <T>(file: string): Promise<T> =>
    (await import(pathToFileURL(join(checkout, 'packages', file)).href)) as T
  const require = createRequire(join(checkout, 'packages/core/package.json'))
  const kysely = pathToFileURL(require.resolve('kysely')).href
  return {
    core: await source('core/src/index.ts'),
    namedStatements: existsSync(join(checkout, PG))
      ? (await source<{ namedStatements: typeof namedStatements }>('core/src/pg/index.ts'))
          .namedStatements
      : undefined,
    migration: await source('core/src/migration/index.ts'),
    subscriptions: await source('subscriptions/src/index.ts'),
    subscriptionsMigration: await source('subscriptions/src/migration/index.ts'),
    listen: await source('subscriptions/src/pg/index.ts'),
    kysely: (await import(kysely)) as KyselyModule,
  }
}

export interface Opened {
  readonly store: core.MessageStore<OpenDatabase>
  readonly db: kyselyModule.Kysely<OpenDatabase>
  readonly close: () => Promise<void>
}

// oxlint-disable-next-line typescript/no-explicit-any -- tables of the works' own
export type OpenDatabase = any

export interface OpenOptions {
  readonly connectionString: string
  /** Connections at most. Default is 1. */
  readonly max?: number | undefined
  /** Whether statements get names, as they do where our advice is followed. Default is `true`. */
  readonly named?: boolean | undefined
  /** Called for each statement. */
  readonly onStatement?: (() => void) | undefined
}

/** A store on a pool of its own. */
export function openStore(
  { core, kysely, namedStatements = (pool) => pool }: Toolkit,
  { connectionString, max = 1, named = true, onStatement }: OpenOptions,
): Opened {
  const plain = new pg.Pool({ connectionString, max })
  plain.on('error', () => undefined)
  const pool = named ? namedStatements(plain) : plain
  const db = new kysely.Kysely<OpenDatabase>({
    dialect: new kysely.PostgresDialect({ pool }),
    ...(onStatement && { log: onStatement }),
  })
  return { db, store: core.createMessageStore(db), close: async () => db.destroy() }
}
