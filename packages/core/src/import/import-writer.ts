import { createSession } from '../create-session.ts'
import { DuplicateMessageIdError, WrongExpectedVersionError } from '../errors.ts'
import { acquireLocks } from '../functions/acquire-locks.ts'
import type { MessageStore } from '../message-store.ts'
import type { Session } from '../session.ts'
import { findWritten } from '../writing/find-written.ts'
import { lockOrder } from '../writing/lock-order.ts'
import type { ImportItem } from './import-batches.ts'
import { insertMessages, selectState } from './import-statements.ts'
import { type PlannedItem, planImport } from './plan-import.ts'

/** How many streams' versions are kept at most: some tens of megabytes. */
const MAX_KNOWN = 100_000

/**
 * Writes batches, each in a transaction of its own.
 *
 * While it meets messages that are there already, it looks up every batch. Once it has met none, it
 * takes the versions that it left behind for those that are, and the ids for new: a batch of streams
 * that it has written to is one statement. The unique indexes refuse it where that is not so, and the
 * batch is written again, looked up.
 */
export class ImportWriter<DB> {
  readonly #store: MessageStore<DB>
  readonly #keepTimes: boolean
  readonly #versions = new Map<string, bigint>()
  #looksUp = true

  constructor(store: MessageStore<DB>, { keepTimes }: { readonly keepTimes: boolean }) {
    this.#store = store
    this.#keepTimes = keepTimes
  }

  /** Writes what of a batch is not there, and returns how many messages that were. */
  async write(batch: readonly ImportItem[]): Promise<number> {
    try {
      return await this.#writeOnce(batch)
    } catch (error) {
      if (this.#looksUp || !isStale(error)) throw error
      this.#looksUp = true
      return await this.#writeOnce(batch)
    }
  }

  async #writeOnce(batch: readonly ImportItem[]): Promise<number> {
    const lock = lockOrder(batch.map(({ streamName }) => streamName))
    const versions = this.#knownVersions(batch)
    const planned =
      versions === undefined
        ? await this.#lookUpAndWrite(batch, lock)
        : await this.#insert(planImport(batch, versions, []), lock)
    this.#looksUp = planned.length < batch.length
    if (this.#versions.size > MAX_KNOWN) this.#versions.clear()
    for (const { item, position } of planned) this.#versions.set(item.streamName, position)
    return planned.length
  }

  /** The versions of a batch's streams, when nothing has to be looked up. */
  #knownVersions(batch: readonly ImportItem[]): Map<string, bigint> | undefined {
    if (this.#looksUp) return undefined
    const versions = new Map<string, bigint>()
    for (const { streamName } of batch) {
      const version = this.#versions.get(streamName)
      if (version === undefined) return undefined
      versions.set(streamName, version)
    }
    return versions
  }

  // One statement, which is a transaction by itself: it reads nothing that the locks would have to
  // come before.
  async #insert(
    planned: readonly PlannedItem[],
    lock: readonly string[],
  ): Promise<readonly PlannedItem[]> {
    const session = createSession(this.#store.db, this.#store)
    const keepTimes = this.#keepTimes
    await session.run(insertMessages(planned, session.target, { keepTimes, lock }), {})
    return planned
  }

  async #lookUpAndWrite(
    batch: readonly ImportItem[],
    lock: readonly string[],
  ): Promise<readonly PlannedItem[]> {
    return (
      this.#store.db
        .transaction()
        // The statement after the locks must see what was committed before them.
        .setIsolationLevel('read committed')
        .execute(async (trx) => {
          const session = createSession(trx, this.#store)
          await session.readValue(acquireLocks(lock, session.target), {})
          const { versions, found } = await this.#lookUp(session, batch)
          const planned = planImport(batch, versions, found)
          if (planned.length > 0) {
            const keepTimes = this.#keepTimes
            await session.run(insertMessages(planned, session.target, { keepTimes }), {})
          }
          return planned
        })
    )
  }

  async #lookUp(session: Session, batch: readonly ImportItem[]) {
    const names = new Set(batch.map(({ streamName }) => streamName))
    const versions = new Map<string, bigint>()
    if (!this.#looksUp) {
      for (const name of names) {
        const version = this.#versions.get(name)
        if (version === undefined) continue
        versions.set(name, version)
        names.delete(name)
      }
    }
    const ids = this.#looksUp ? batch.map(({ id }) => id) : []
    const rows = await session.run(selectState([...names], ids, session.target), {})
    for (const { name, version } of rows) if (version !== null) versions.set(name, BigInt(version))
    // Only what may be there is compared.
    const someAreThere = rows.some(({ version }) => version === null)
    return { versions, found: someAreThere ? await findWritten(session, batch, {}) : [] }
  }
}

function isStale(error: unknown): boolean {
  return error instanceof DuplicateMessageIdError || error instanceof WrongExpectedVersionError
}
