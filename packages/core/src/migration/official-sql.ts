import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The version of Message DB that the official SQL installs, and that this package is written for. */
export const OFFICIAL_VERSION = '1.3.0'

/** The files of the official installation in groups, in the order of its scripts. */
export const OFFICIAL_FILES = {
  role: ['roles/message-store.sql'],
  schema: ['schema/message-store.sql'],
  store: [
    'tables/messages.sql',
    'types/message.sql',
    'functions/message-store-version.sql',
    'functions/hash-64.sql',
    'functions/acquire-lock.sql',
    'functions/category.sql',
    'functions/is-category.sql',
    'functions/id.sql',
    'functions/cardinal-id.sql',
    'functions/stream-version.sql',
    'functions/write-message.sql',
    'functions/get-stream-messages.sql',
    'functions/get-category-messages.sql',
    'functions/get-last-stream-message.sql',
    'indexes/messages-id.sql',
    'indexes/messages-stream.sql',
    'indexes/messages-category.sql',
    'views/stream-summary.sql',
    'views/type-summary.sql',
    'views/stream-type-summary.sql',
    'views/type-stream-summary.sql',
    'views/category-type-summary.sql',
    'views/type-category-summary.sql',
  ],
  privileges: [
    'privileges/schema.sql',
    'privileges/table.sql',
    'privileges/sequence.sql',
    'privileges/functions.sql',
    'privileges/views.sql',
  ],
} as const

/** The functions that the official installation makes. */
export const OFFICIAL_FUNCTIONS: readonly string[] = namesIn('functions/')

/** The views that the official installation makes. */
export const OFFICIAL_VIEWS: readonly string[] = namesIn('views/')

// Each file is named after what it makes.
function namesIn(folder: string): string[] {
  return OFFICIAL_FILES.store
    .filter((file) => file.startsWith(folder))
    .map((file) => file.slice(folder.length, -'.sql'.length).replaceAll('-', '_'))
}

/** Reads a file of the official SQL out of `@eventide/message-db`. */
export async function readOfficialFile(file: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@eventide/message-db/package.json')
  return readFile(join(dirname(manifest), 'database', file), 'utf8')
}
