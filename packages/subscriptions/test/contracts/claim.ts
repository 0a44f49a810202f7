import type { Kysely, Transaction } from 'kysely'
import { expect, type TestAPI } from 'vitest'
import type { MessageStoreDatabase } from '@mdb/core'
import {
  type CheckpointKey,
  FencedError,
  type TransactionalCheckpointStore,
} from '@mdb/subscriptions'

type Database = MessageStoreDatabase
interface Fixtures {
  db: Kysely<Database>
  checkpoints: TransactionalCheckpointStore
}

/** What is said of `claim`, `saveIn` and `lockIn`: each store that has them passes it. */
export function claimContract(test: TestAPI<Fixtures>): void {
  const key: CheckpointKey = { subscriptionId: 'delays', source: 'airport' }

  test('a claim counts, and brings what was saved last', async ({ checkpoints: store }) => {
    expect(await store.claim(key, 'first')).toMatchObject({ epoch: 1n, position: undefined })
    expect(await store.load(key)).toBeUndefined()
    await store.save(key, 0n)
    expect(await store.claim(key, 'second')).toMatchObject({ epoch: 2n, position: 0n })
    expect(await store.load(key)).toBe(0n)
  })

  test('a key that was saved to before anybody claimed it can be claimed', async ({
    checkpoints: store,
  }) => {
    await store.save(key, 7n)
    expect(await store.claim(key, 'first')).toMatchObject({ epoch: 1n, position: 7n })
  })

  test('claims of keys that differ do not meet', async ({ checkpoints: store }) => {
    const group = { ...key, consumerGroup: { member: 0, size: 2 } }
    const first = await store.claim(key, 'a')
    await store.claim(group, 'b')
    await store.save(key, 5n, first)
    expect([await store.load(key), await store.load(group)]).toEqual([5n, undefined])
  })

  test('a claim with the epoch of a lease is made if it is ahead of all others', async ({
    checkpoints: store,
  }) => {
    expect(await store.claim(key, 'a', 5n)).toMatchObject({ epoch: 5n, position: undefined })
    // its answer was lost
    expect(await store.claim(key, 'a', 5n)).toMatchObject({ epoch: 5n, position: undefined })
    await expect(store.claim(key, 'b', 5n)).rejects.toThrow(FencedError)
    await expect(store.claim(key, 'b', 4n)).rejects.toMatchObject({ current: { epoch: 5n } })
    expect(await store.claim(key, 'b', 9n)).toMatchObject({ epoch: 9n })
    expect(await store.claim(key, 'a static one')).toMatchObject({ epoch: 10n })
  })

  test('the owner saves, forward only', async ({ checkpoints: store }) => {
    const claim = await store.claim(key, 'first')
    await store.save(key, 5n, claim)
    await store.save(key, 3n, claim)
    await store.save(key, 5n, claim)
    expect(await store.load(key)).toBe(5n)
  })

  test('whoever another one has followed is fenced, and moves nothing', async ({
    db,
    checkpoints: store,
  }) => {
    const old = await store.claim(key, 'the old one')
    await store.save(key, 5n, old)
    await store.claim(key, 'the new one')
    const attempts = [
      () => store.save(key, 9n, old),
      // a position that is there already is no excuse
      () => store.save(key, 5n, old),
      () => inTransaction(db, (trx) => store.saveIn(trx, key, old, 9n)),
      () => inTransaction(db, (trx) => store.lockIn(trx, key, old)),
    ]
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(FencedError)
      expect(error).toMatchObject({
        code: 'FENCED',
        checkpoint: 'delays of airport',
        epoch: 1n,
        current: { epoch: 2n, owner: 'the new one', claimedAt: expect.any(Date) },
        message: expect.stringContaining('the new one has it at epoch 2'),
      })
    }
    expect(await store.load(key)).toBe(5n)
  })

  test('in a transaction it moves with it, or not at all', async ({ db, checkpoints: store }) => {
    const claim = await store.claim(key, 'first')
    const rolledBack = inTransaction(db, async (trx) => {
      expect(await store.lockIn(trx, key, claim)).toBeUndefined()
      expect(await store.saveIn(trx, key, claim, 4n)).toBe(true)
      expect(await store.lockIn(trx, key, claim)).toBe(4n)
      throw new Error('roll back')
    })
    await expect(rolledBack).rejects.toThrow('roll back')
    expect(await store.load(key)).toBeUndefined()
    await inTransaction(db, (trx) => store.saveIn(trx, key, claim, 4n))
    expect(await store.load(key)).toBe(4n)
  })

  test('a position that is there already is told, and not moved', async ({
    db,
    checkpoints: store,
  }) => {
    const claim = await store.claim(key, 'first')
    await store.save(key, 4n, claim)
    const moved = [4n, 3n, 5n].map(
      async (position) => await inTransaction(db, (trx) => store.saveIn(trx, key, claim, position)),
    )
    expect(await Promise.all(moved)).toEqual([false, false, true])
    expect(await store.load(key)).toBe(5n)
  })

  test('of many that claim at once, the last alone can save', async ({ checkpoints: store }) => {
    const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => store.claim(key, `${n}`)))
    expect(claims.map(({ epoch }) => Number(epoch)).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ])
    const saves = await Promise.allSettled(claims.map((claim) => store.save(key, 1n, claim)))
    const saved = claims.filter((_, index) => saves[index]?.status === 'fulfilled')
    expect(saved.map(({ epoch }) => epoch)).toEqual([8n])
  })

  test('a place below what the claim knows of was lost, and is not moved on', async ({
    db,
    checkpoints: store,
  }) => {
    const table = db as unknown as Kysely<{ 'mdb.checkpoint': { position: string | null } }>
    const known = { ...(await store.claim(key, 'first')), position: 5n }
    for (const position of [4n, undefined]) {
      const lost = position === undefined ? null : String(position)
      await table.updateTable('mdb.checkpoint').set({ position: lost }).execute()
      const moved = { code: 'CHECKPOINT_MOVED', reason: 'commits lost', position }
      const lockIn = inTransaction(db, (trx) => store.lockIn(trx, key, known))
      await expect(lockIn).rejects.toMatchObject(moved)
      const saveIn = inTransaction(db, (trx) => store.saveIn(trx, key, known, 6n))
      await expect(saveIn).rejects.toMatchObject(moved)
      await expect(store.save(key, 6n, known)).rejects.toMatchObject(moved)
      expect(await store.load(key)).toBe(position)
    }
    await store.save(key, 5n)
    await store.save(key, 6n, known)
    // An answer that was lost: what is stored is above what is known.
    await store.save(key, 7n, known)
    expect(await store.load(key)).toBe(7n)
  })

  test('a row that is gone fences too', async ({ db, checkpoints: store }) => {
    const claim = await store.claim(key, 'first')
    const table = db as unknown as Kysely<{ 'mdb.checkpoint': object }>
    await table.deleteFrom('mdb.checkpoint').execute()
    await expect(store.save(key, 1n, claim)).rejects.toMatchObject({
      code: 'FENCED',
      current: undefined,
    })
  })
}

function inTransaction<T>(
  db: Kysely<Database>,
  run: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(run)
}
