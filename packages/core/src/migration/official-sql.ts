import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The files of the official installation in groups, in the order of its scripts. */
export const OFFICIAL_FILES = {
  role: ['roles/message-store.sql'],
  store: [
    'schema/message-store.sql',
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

/** Reads a file of the official SQL out of `@eventide/message-db`. */
export async function readOfficialFile(file: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@eventide/message-db/package.json')
  return readFile(join(dirname(manifest), 'database', file), 'utf8')
}
