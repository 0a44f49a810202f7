import { expect, test } from 'vitest'
import { createMessageStore } from '@mdb/core'
import { StandbyPromotedError } from '@mdb/testing'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'

test('a standby follows, lags, restarts and is promoted', { timeout: 60_000 }, async () => {
  await using server = await startEmbeddedPostgres()
  await using early = await server.createDatabase()
  await early.store.writeMessage('airport-SEA', { type: 'Before', data: {} })
  await using standby = await server.startStandby()
  await using late = await server.createDatabase()
  await late.store.writeMessage('airport-SEA', { type: 'After', data: {} })
  await standby.caughtUp()
  const stores = [early, late].map((database) => createMessageStore(standby.connect(database)))
  const types = async (): Promise<string[]> => {
    const read = stores.map(async (store) => store.getStreamMessages('airport-SEA'))
    return (await Promise.all(read)).flat().map(({ type }) => type)
  }
  expect(await types()).toEqual(['Before', 'After'])

  await standby.pauseReplay()
  await late.store.writeMessage('airport-SEA', { type: 'Held', data: {} })
  expect(await types()).toEqual(['Before', 'After'])
  await standby.resumeReplay()
  await standby.caughtUp()
  expect(await types()).toEqual(['Before', 'After', 'Held'])

  for (const mode of ['fast', 'immediate'] as const) await standby.restart({ mode })
  await early.store.writeMessage('airport-SEA', { type: 'Restarted', data: {} })
  await standby.caughtUp()
  expect(await types()).toEqual(['Before', 'Restarted', 'After', 'Held'])

  await expect(stores[0]?.writeMessage('airport-JFK', { type: 'No', data: {} })).rejects.toThrow()
  await standby.promote()
  await stores[0]?.writeMessage('airport-JFK', { type: 'Yes', data: {} })
  expect(await early.store.streamVersion('airport-JFK')).toBeUndefined()
  await expect(standby.caughtUp()).rejects.toThrow(StandbyPromotedError)
})
