// `pnpm --filter @mdb/subscriptions torture --seconds 300 --seed 42`
import { parseArgs } from 'node:util'
import { torture } from './torture.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    processes: { type: 'string', default: '5' },
    writers: { type: 'string', default: '12' },
    lease: { type: 'string', default: '2000' },
    per: { type: 'string', default: 'page' },
  },
})
if (values.per !== 'message' && values.per !== 'page') {
  throw new TypeError(`--per is message or page, not ${values.per}`)
}
console.log(`seed ${values.seed}`)
const { harms, events, deaths, ...totals } = await torture({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  processes: Number(values.processes),
  writers: Number(values.writers),
  lease: Number(values.lease),
  per: values.per,
  onProgress: (line) => console.log(line),
})
console.table(Object.fromEntries(harms))
console.table(Object.fromEntries(events))
console.table(totals)
for (const death of deaths) console.error(`ended by itself: ${death}`)
const { lost, doubled, phantoms, disordered } = totals
if (lost + doubled + phantoms + disordered + deaths.length > 0) process.exitCode = 1
