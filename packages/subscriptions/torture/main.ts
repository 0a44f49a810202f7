// `pnpm --filter @mdb/subscriptions torture --seconds 300 --seed 42 --mode at-least-once`
import { parseArgs } from 'node:util'
import { toMode } from './mode.ts'
import { torture } from './torture.ts'
import { faultsOf } from './totals.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    processes: { type: 'string', default: '5' },
    writers: { type: 'string', default: '12' },
    lease: { type: 'string', default: '2000' },
    mode: { type: 'string', default: 'page' },
  },
})
const mode = toMode(values.mode)
console.log(`seed ${values.seed}`)
const { harms, events, deaths, ...totals } = await torture({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  processes: Number(values.processes),
  writers: Number(values.writers),
  lease: Number(values.lease),
  mode,
  onProgress: (line) => console.log(line),
})
console.table(Object.fromEntries(harms))
console.table(Object.fromEntries(events))
console.table(totals)
for (const death of deaths) console.error(`ended by itself: ${death}`)
if (Object.keys(faultsOf(mode, totals)).length + deaths.length > 0) process.exit(1)
