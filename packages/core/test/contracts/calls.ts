import { CamelCasePlugin, ParseJSONResultsPlugin } from 'kysely'
import { describe, expect } from 'vitest'
import { createMessageStore, type Message } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

const message = (type: string, data: unknown = {}) => ({ type, data })
const types = (messages: Message[]) => messages.map(({ type }) => type)

export function callsContract(test: MessageStoreTest): void {
  describe('writeMessage', () => {
    test('says where the message went', async ({ store }) => {
      const id = 'ABCDEF01-2345-4678-9ABC-DEF012345678'
      const first = await store.writeMessage('airport-SEA', { id, ...message('A') })
      const second = await store.writeMessage('airport-SEA', message('B'))
      expect(first).toEqual({ id: id.toLowerCase(), streamName: 'airport-SEA', position: 0n })
      expect(second.position).toBe(1n)
      expect(await store.getStreamMessages('airport-SEA')).toMatchObject([
        { ...first, type: 'A', globalPosition: 1n },
        { ...second, type: 'B', globalPosition: 2n },
      ])
    })

    test('expects a version, no stream or any', async ({ store }) => {
      const write = async (expectedVersion: bigint | 'no-stream' | 'any' | undefined) =>
        (await store.writeMessage('airport-SEA', message('A'), { expectedVersion })).position
      expect(await write('no-stream')).toBe(0n)
      expect(await write(0n)).toBe(1n)
      expect(await write('any')).toBe(2n)
      expect(await write(undefined)).toBe(3n)
      await expect(write(-1n)).rejects.toMatchObject({ actualVersion: 3n })
    })

    test('accepts a name without an id, which only some reads do', async ({ store }) => {
      await store.writeMessage('airport', message('A'))
      expect(types(await store.getCategoryMessages('airport'))).toEqual(['A'])
      expect((await store.getLastStreamMessage('airport'))?.type).toBe('A')
      expect(await store.streamVersion('airport')).toBe(0n)
    })
  })

  describe('getStreamMessages', () => {
    test('pages through the stream in order', async ({ store }) => {
      for (const type of ['A', 'B', 'C']) await store.writeMessage('airport-SEA', message(type))
      await store.writeMessage('airport-JFK', message('Z'))
      const read = async (options?: { position?: bigint; batchSize?: number | 'unlimited' }) =>
        types(await store.getStreamMessages('airport-SEA', options))
      expect(await read()).toEqual(['A', 'B', 'C'])
      expect(await read({ batchSize: 2 })).toEqual(['A', 'B'])
      expect(await read({ position: 1n, batchSize: 1 })).toEqual(['B'])
      expect(await read({ batchSize: 'unlimited' })).toEqual(['A', 'B', 'C'])
      expect(await read({ position: 9n })).toEqual([])
    })

    test('returns 1000 messages by default, all of them when unlimited', async ({ store, db }) => {
      await db
        .insertInto('message_store.messages')
        .values(
          Array.from({ length: 1001 }, (_, position) => ({
            position: BigInt(position),
            stream_name: 'many-1',
            type: 'A',
          })),
        )
        .execute()
      expect(await store.getStreamMessages('many-1')).toHaveLength(1000)
      expect(await store.getCategoryMessages('many')).toHaveLength(1000)
      const all = await store.getCategoryMessages('many', { batchSize: 'unlimited' })
      expect(all.map(({ position }) => position)).toEqual(
        Array.from({ length: 1001 }, (_, position) => BigInt(position)),
      )
    })
  })

  describe('getCategoryMessages', () => {
    test('reads all streams of the category and no other', async ({ store }) => {
      await store.writeMessage('airport-SEA', message('A'))
      await store.writeMessage('airport:command-SEA', message('B'))
      await store.writeMessage('airport-JFK', message('C'))
      await store.writeMessage('airports-JFK', message('D'))
      expect(types(await store.getCategoryMessages('airport'))).toEqual(['A', 'C'])
      expect(types(await store.getCategoryMessages('airport:command'))).toEqual(['B'])
      expect(await store.getCategoryMessages('air')).toEqual([])
    })

    test('reads by correlation', async ({ store }) => {
      const correlated = (streamName: string) => ({
        ...message(streamName),
        metadata: { correlationStreamName: streamName },
      })
      await store.writeMessage('airport-1', correlated('flight-7'))
      await store.writeMessage('airport-1', correlated('train-7'))
      await store.writeMessage('airport-1', message('none'))
      const read = await store.getCategoryMessages('airport', { correlation: 'flight' })
      expect(types(read)).toEqual(['flight-7'])
    })

    test('splits the streams among a group by cardinal id', async ({ store }) => {
      for (let i = 0; i < 20; i++) {
        await store.writeMessage(`airport-${i}`, message('A'))
        await store.writeMessage(`airport-${i}+x`, message('A'))
      }
      const members = await Promise.all(
        [0, 1, 2].map(async (member) =>
          store.getCategoryMessages('airport', { consumerGroup: { member, size: 3 } }),
        ),
      )
      const memberOf = new Map(
        members.flatMap((read, member) => read.map(({ streamName }) => [streamName, member])),
      )
      expect(members.flat()).toHaveLength(40)
      expect(memberOf.size).toBe(40)
      for (let i = 0; i < 20; i++) {
        expect(memberOf.get(`airport-${i}+x`)).toBe(memberOf.get(`airport-${i}`))
      }
    })

    test('gives a stream without an id to no member, not even of a group of 1', async ({
      store,
    }) => {
      await store.writeMessage('airport', message('A'))
      const consumerGroup = { member: 0, size: 1 }
      expect(await store.getCategoryMessages('airport', { consumerGroup })).toEqual([])
      expect(await store.getCategoryMessages('airport')).toHaveLength(1)
    })
  })

  test('the last message of a stream, of any type or of one', async ({ store }) => {
    for (const type of ['A', 'B', 'A', 'B']) await store.writeMessage('x-1', message(type))
    expect((await store.getLastStreamMessage('x-1'))?.position).toBe(3n)
    expect((await store.getLastStreamMessage('x-1', { type: 'A' }))?.position).toBe(2n)
    expect(await store.getLastStreamMessage('x-1', { type: 'C' })).toBeUndefined()
    expect(await store.getLastStreamMessage('x-2')).toBeUndefined()
  })

  test('the version of a stream, undefined when there is none', async ({ store }) => {
    expect(await store.streamVersion('x-1')).toBeUndefined()
    await store.writeMessage('x-1', message('A'))
    expect(await store.streamVersion('x-1')).toBe(0n)
  })

  test('the version of Message DB', async ({ store }) => {
    expect(await store.messageStoreVersion()).toBe('1.3.0')
  })

  test('plugins of the caller do not reach the messages', async ({ store, db }) => {
    const data = { list: ['[1]', '{"a": 1}'] }
    await store.writeMessage('x-1', message('A', data))
    const plugged = db.withPlugin(new CamelCasePlugin()).withPlugin(new ParseJSONResultsPlugin())
    const [read] = await createMessageStore(plugged).getStreamMessages('x-1')
    expect(read).toMatchObject({ streamName: 'x-1', data })
  })

  test('an aborted signal ends a call with its reason', async ({ store }) => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(store.getCategoryMessages('x', { signal })).rejects.toThrow('enough')
    await expect(store.writeMessage('x-1', message('A'), { signal })).rejects.toThrow('enough')
    expect(await store.streamVersion('x-1')).toBeUndefined()
  })
}
