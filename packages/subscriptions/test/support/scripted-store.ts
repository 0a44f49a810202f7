import type { Message } from '@mdb/core'
import type { ReadableStore } from '@mdb/subscriptions'

type Answer = number | Error

/**
 * A store whose reads answer by script: so many messages, or an error. After the script every read
 * is empty. Positions count on from the read's position. For the timing and the order of reads;
 * behaviour is tested on a real store.
 */
export function scriptedStore(answers: readonly Answer[]): ReadableStore & {
  readonly positions: readonly bigint[]
} {
  const script = [...answers]
  const positions: bigint[] = []

  function read<M extends Message>(streamName: string, position: bigint): Promise<M[]> {
    positions.push(position)
    const answer = script.shift() ?? 0
    if (answer instanceof Error) return Promise.reject(answer)
    const messages = Array.from({ length: answer }, (_, index) =>
      messageAt(streamName, position + BigInt(index)),
    )
    return Promise.resolve(messages as M[])
  }

  return {
    positions,
    schema: 'message_store',
    db: {
      getExecutor: () => {
        throw new Error('a scripted store has no database')
      },
    },
    getMessages: () => Promise.reject(new Error('a scripted store has no database')),
    getStreamMessages: (name, options) => read(name, options?.position ?? 0n),
    getCategoryMessages: (category, options) => read(`${category}-1`, options?.position ?? 1n),
  }
}

export function messageAt(streamName: string, position: bigint): Message {
  return {
    id: crypto.randomUUID(),
    streamName,
    type: 'Scripted',
    position,
    globalPosition: position,
    data: undefined,
    metadata: undefined,
    time: new Date(0),
  }
}
