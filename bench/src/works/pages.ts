import type { ConsumerGroup } from '@mdb/core'
import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { connect } from '../setup/connect.ts'
import { openStore, type Toolkit } from '../setup/toolkit.ts'
import { decodeRow, PAGE, readRows } from './plain-read.ts'

const GROUP: ConsumerGroup = { member: 3, size: 16 }
const PAGE_OF_GROUP = 'select * from message_store.get_category_messages($1, $2, $3, null, 3, 16)'

/** Milliseconds of a page, one after the other, from the beginning again at the end. */
async function paging(
  bench: Bench,
  toolkit: Toolkit,
  { group, indexed }: { readonly group?: ConsumerGroup; readonly indexed: boolean },
): Promise<Contender> {
  const history = await bench.history()
  const connectionString = indexed ? history.indexed : history.url
  const { store, db, close } = openStore(toolkit, { connectionString })
  const { size } = group ?? GROUP
  if (indexed) await toolkit.migration.createConsumerGroupIndex(db, { size })
  let position = 1n
  const run = async (): Promise<number> => {
    const began = performance.now()
    const options = { position, consumerGroup: group }
    const messages = await store.getCategoryMessages('flight', options)
    const time = performance.now() - began
    position = (messages.length < PAGE ? 0n : (messages.at(-1)?.globalPosition ?? 0n)) + 1n
    return time
  }
  return { run, close }
}

const ours = (options: Parameters<typeof paging>[2]): Other => ({
  role: 'ours',
  open: async (bench) => paging(bench, bench.toolkit, options),
})

/** The function as it comes, called by hand. */
const plainMember: Other = {
  role: 'plain',
  async open(bench) {
    const { url } = await bench.history()
    const client = await connect(url)
    const request = { text: PAGE_OF_GROUP, name: 'flight', size: PAGE }
    const run = async (): Promise<number> => {
      const began = performance.now()
      void (await readRows(client, { ...request, position: 1n })).map(decodeRow)
      return performance.now() - began
    }
    return { run, close: async () => client.end() }
  },
}

export const groupPage: Work = {
  name: 'group-page',
  title: 'a page of a member of 16, with the index',
  unit: 'ms',
  ours: async (bench, toolkit) => paging(bench, toolkit, { group: GROUP, indexed: true }),
  others: {
    'ours, a page of all': ours({ indexed: true }),
    'ours, a member of 4': ours({ group: { member: 1, size: 4 }, indexed: true }),
    'ours, without the index': ours({ group: GROUP, indexed: false }),
    'plain pg, without the index': plainMember,
  },
  goals: [{ against: 'ours, a page of all', atMost: 1.3 }],
}
