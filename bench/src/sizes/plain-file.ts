// What is left of `user-file.ts` without our packages: what Kysely and the schema library cost by themselves.
import type { Kysely } from 'kysely'
import { z } from 'zod'

interface Database {
  delay: { airport: string; minutes: number }
}

const departed = z.object({ delay: z.number(), to: z.string() })
const arrived = z.object({ delay: z.number() })

export async function main(db: Kysely<Database>): Promise<void> {
  const { to } = departed.parse({ delay: 12, to: 'JFK' })
  console.log(to, arrived.parse({ delay: 9 }).delay)
  await db.transaction().execute(async (trx) => {
    await trx.insertInto('delay').values({ airport: 'SEA', minutes: 12 }).execute()
  })
}
