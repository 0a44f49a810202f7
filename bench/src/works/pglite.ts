import { PGlite } from '@electric-sql/pglite'
import type { MessageStore } from '@mdb/core'
import type { Contender, Other, Work } from '../harness/work.ts'
import { rowsOf } from '../setup/history.ts'
import { payload, payloads } from '../setup/payload.ts'
import type { OpenDatabase, Toolkit } from '../setup/toolkit.ts'
import type { Bench } from '../setup/bench.ts'
import { decodeObject, type ObjectRow, PAGE } from './plain-read.ts'
import { WRITE } from './plain.ts'

const MESSAGES = 10_000
const BATCH = `select message_store.write_message(m->>'id', $1, m->>'type', m->'data', m->'metadata')
  from jsonb_array_elements($2::jsonb) as m`
const READ = 'select * from message_store.get_category_messages($1, $2, $3)'

interface Embedded {
  readonly pglite: PGlite
  readonly store: MessageStore<OpenDatabase>
  readonly close: () => Promise<void>
}

/** A PGlite of the contender's own, with Message DB and some history in it. */
async function open({ kysely, core, migration }: Toolkit): Promise<Embedded> {
  const pglite = await PGlite.create()
  const db = new kysely.Kysely<OpenDatabase>({ dialect: new kysely.PGliteDialect({ pglite }) })
  await migration.installMessageStore(db)
  await pglite.exec('set search_path to message_store, public')
  await pglite.exec(`insert into message_store.messages (stream_name, position, type, data, metadata)
    ${rowsOf("'flight-' || n % 500", 'n / 500', MESSAGES)}`)
  await pglite.exec('analyze message_store.messages')
  const close = async (): Promise<void> => {
    await db.destroy()
    if (!pglite.closed) await pglite.close()
  }
  return { pglite, store: core.createMessageStore(db), close }
}

type Form = (embedded: Embedded) => Promise<number>

const contender = async (toolkit: Toolkit, form: Form): Promise<Contender> => {
  const embedded = await open(toolkit)
  return { run: async () => form(embedded), close: embedded.close }
}

interface Forms {
  readonly name: string
  readonly title: string
  readonly ours: Form
  readonly plain: Form
}

function embeddedWork({ name, title, ours, plain }: Forms): Work {
  const other: Other = {
    role: 'plain',
    open: async (bench: Bench) => contender(bench.toolkit, plain),
  }
  return {
    name,
    title,
    unit: 'messages/s',
    ours: async (_, toolkit) => contender(toolkit, ours),
    others: { 'plain PGlite': other },
    goals: [{ against: 'plain PGlite', atLeast: 0.9 }],
  }
}

const json = (value: unknown): string => JSON.stringify(value)
const verbatim = { serializers: { 3802: (value: string) => value } }

export const pgliteWrite: Work = embeddedWork({
  name: 'pglite-write',
  title: 'PGlite, write',
  ours: async ({ store }) => (await store.writeMessage('gate-1', payload()), 1),
  async plain({ pglite }) {
    const { id, type, data, metadata } = payload()
    await pglite.query(WRITE, [id, 'gate-1', type, json(data), json(metadata)], verbatim)
    return 1
  },
})

export const pgliteBatch: Work = embeddedWork({
  name: 'pglite-batch',
  title: 'PGlite, batch of 100',
  ours: async ({ store }) => (await store.writeMessages('gate-1', payloads(100)), 100),
  async plain({ pglite }) {
    await pglite.query(BATCH, ['gate-1', json(payloads(100))], verbatim)
    return 100
  },
})

export const pgliteRead: Work = embeddedWork({
  name: 'pglite-read',
  title: 'PGlite, read a category',
  async ours({ store }) {
    let count = 0
    for await (const page of store.readCategory('flight').pages()) count += page.length
    return count
  },
  async plain({ pglite }) {
    let position = 1
    for (let count = 0; ;) {
      const { rows } = await pglite.query<ObjectRow>(READ, ['flight', position, PAGE])
      const page = rows.map(decodeObject) as ObjectRow[]
      count += page.length
      position = Number(page.at(-1)?.global_position ?? 0) + 1
      if (page.length < PAGE) return count
    }
  },
})
