import type { Message, MessageStore } from '@mdb/core'
import { build, type BuiltMessage } from './builders.ts'

/** Writes messages in order, and reads each back as a subscription would hand it over. */
export async function handOver<M extends Message, DB>(
  store: MessageStore<DB>,
  messages: readonly BuiltMessage[],
): Promise<readonly M[]> {
  const page: M[] = []
  for (const each of messages) {
    const streamName = await write(store, each)
    page.push((await store.getLastStreamMessage(streamName)) as M)
  }
  return page
}

/** Writes a message, checked where its category checks. */
export async function write<DB>(store: MessageStore<DB>, built: BuiltMessage): Promise<string> {
  const { streamName, message } = await build(store as MessageStore<unknown>, built)
  await store.writeMessage(streamName, message)
  return streamName
}
