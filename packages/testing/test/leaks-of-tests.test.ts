import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
import { watchingTests } from '../src/vitest/leaks-of-tests.ts'

const test = messageStoreTest()

test('what a test holds is no leak of one that ends beside it', async ({ database }) => {
  const around = watchingTests()
  const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = around(database, async () => {
    const trx = await database.db.startTransaction().execute()
    started.resolve()
    await ended.promise
    await trx.rollback().execute()
  })
  await started.promise
  await around(database, () => Promise.resolve())
  ended.resolve()
  await holding
})

test('what several hold in the end fails the last, and the next is watched anew', async ({
  database,
}) => {
  const around = watchingTests()
  const leak = around(database, async () => {
    await database.db.startTransaction().execute()
  })
  await expect(leak).rejects.toMatchObject({ code: 'LEAKED_CONNECTION' })
  await around(database, async () => void (await database.store.messageStoreVersion()))
})
