import type { Message, PageCallOptions } from '@mdb/core'
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

  function read<M extends Message>(
    streamName: string,
    position: bigint,
    onRows: PageCallOptions['onRows'],
  ): Promise<M[]> {
    positions.push(position)
    const answer = script.shift() ?? 0
    if (answer instanceof Error) return Promise.reject(answer)
    const messages = Array.from({ length: answer }, (_, index) =>
      messageAt(streamName, position + BigInt(index)),
    )
    if (answer > 0) onRows?.({ count: answer, lastPosition: position + BigInt(answer - 1) })
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
    getStreamMessages: (name, { position = 0n, onRows } = {}) => read(name, position, onRows),
    getCategoryMessages: (category, { position = 1n, onRows } = {}) =>
      read(`${category}-1`, position, onRows),
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
