// A consumer that keeps its place in Eventide's position stream, in a process of its own, to be
// killed. It writes a line for each message, and stands still before the number it is told.
import { createMessageStore } from '@mdb/core'
import { streamCheckpoints, subscribe } from '@mdb/subscriptions'
import { connectTo } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', category = '', identifier = '', messages = '', waitAt = ''] =
  process.argv.slice(2)
const store = createMessageStore(connectTo(connectionString))

await subscribe<Counted>(store, {
  id: 'numbers',
  source: { category },
  checkpoints: streamCheckpoints(store, { identifier }),
  checkpointInterval: { messages: Number(messages), milliseconds: 3_600_000 },
  async handler({ data }) {
    if (String(data.n) === waitAt) {
      console.log(`waits at ${data.n}`)
      await new Promise(() => setInterval(() => {}, 1_000))
    }
    console.log(`handled ${data.n}`)
  },
}).run()
