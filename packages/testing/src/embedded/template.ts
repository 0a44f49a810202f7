import { installMessageStore } from '@mdb/core/migration'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Connect } from './connect.ts'

const TEMPLATE = 'mdb_template'

/** Makes the database with Message DB that every test's database is a copy of. */
export async function makeTemplate(connect: Connect): Promise<void> {
  const admin = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: connect('postgres') }) })
  const found = await sql`select from pg_database where datname = ${TEMPLATE}`.execute(admin)
  if (found.rows.length === 0) {
    await sql`create database ${sql.id(TEMPLATE)}`.execute(admin)
  }
  await admin.destroy()
  const template = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: connect(TEMPLATE) }),
  })
  await installMessageStore(template)
  await template.destroy()
}

/** Copies the template. */
export async function cloneTemplate(admin: Kysely<unknown>, name: string): Promise<void> {
  await sql`create database ${sql.id(name)} template ${sql.id(TEMPLATE)}`.execute(admin)
}

/** Drops a copy, and cuts off who is still connected to it. */
export async function dropClone(admin: Kysely<unknown>, name: string): Promise<void> {
  await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin)
}
