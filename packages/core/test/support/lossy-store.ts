import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createMessageStore, type MessageStore, type MessageStoreDatabase } from '@mdb/core'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

/** ReadyForQuery, outside a transaction: what was asked is done and committed. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** A store behind a line that can lose what the server says. */
export interface LossyStore extends AsyncDisposable {
  readonly store: MessageStore<MessageStoreDatabase>
  /**
   * Lets the next statement reach the server and commit, then cuts the connection in place of its
   * answer.
   */
  loseNextAnswer(): void
  /** Cuts the connection when the next statement is sent, before it reaches the server. */
  loseNextQuestion(): void
  /** How many answers and questions were lost. */
  readonly lost: number
}

export async function lossyStore(connectionString: string, max = 5): Promise<LossyStore> {
  const target = new URL(connectionString)
  let next: 'answer' | 'question' | undefined
  let lost = 0

  const server = createServer((client: Socket) => {
    const upstream = connect(Number(target.port), target.hostname)
    let losing = false
    let held = Buffer.alloc(0)
    const cut = (): void => {
      lost += 1
      client.destroy()
      upstream.destroy()
    }
    client.on('data', (chunk) => {
      // A message with a type is a statement; the first of a connection has none.
      if (next !== undefined && chunk[0] !== 0 && chunk[0] !== 0x70) {
        const what = next
        next = undefined
        if (what === 'question') return cut()
        losing = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!losing) {
        client.write(chunk)
        return
      }
      held = Buffer.concat([held, chunk])
      if (held.includes(READY)) cut()
    })
    client.on('error', () => undefined)
    upstream.on('error', () => undefined)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const through = new URL(connectionString)
  through.port = String((server.address() as AddressInfo).port)
  const pool = new pg.Pool({ connectionString: through.href, max })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db = new Kysely<MessageStoreDatabase>({ dialect: new PostgresDialect({ pool }) })

  return {
    store: createMessageStore(db),
    loseNextAnswer: () => (next = 'answer'),
    loseNextQuestion: () => (next = 'question'),
    get lost() {
      return lost
    },
    async [Symbol.asyncDispose]() {
      await db.destroy()
      server.close()
    },
  }
}
