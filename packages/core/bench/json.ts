// What a codec costs, as a ratio to plain JSON: `node --conditions=@mdb/source bench/json.ts`.
// Natively, JSON.parse with source text; and the two libraries that do the same.
import { bigintJson, type JsonCodec, plainJson } from '@mdb/core'
import JsonBigint from 'json-bigint'
import * as lossless from 'lossless-json'
import { Bench } from 'tinybench'

const withLibrary = JsonBigint({ useNativeBigInt: true })
const codecs: Record<string, JsonCodec> = {
  JSON: { parse: JSON.parse, stringify: JSON.stringify },
  plainJson,
  bigintJson,
  'lossless-json': {
    parse: (text) => lossless.parse(text, undefined, lossless.parseNumberAndBigInt),
    stringify: (value) => lossless.stringify(value) ?? '',
  },
  'json-bigint': {
    parse: (text) => withLibrary.parse(text) as unknown,
    stringify: (value) => withLibrary.stringify(value),
  },
}

/** About 200 bytes, as a message has. */
const flight = {
  flight: 1549,
  origin: 'DTW',
  destination: 'LAS',
  departedAt: '2001-01-01T00:47:00.000Z',
  distance: 1750,
  delay: 200,
  passengers: [
    { seat: '4A', name: 'Ada Lovelace' },
    { seat: '4B', name: 'Charles Babbage' },
  ],
}
const values: Record<string, unknown> = {
  'no integer beyond 2^53': flight,
  'one integer beyond 2^53': { ...flight, ticket: 12345678901234567890n },
}

for (const [kind, value] of Object.entries(values)) {
  const text = bigintJson.stringify(value)
  for (const action of ['parse', 'stringify'] as const) {
    const bench = new Bench({ time: 1_000 })
    for (const [name, codec] of Object.entries(codecs)) {
      // Plain JSON reads a rounded number here, and refuses to write the bigint.
      if (action === 'stringify' && value !== flight && (name === 'JSON' || name === 'plainJson')) {
        continue
      }
      bench.add(name, action === 'parse' ? () => codec.parse(text) : () => codec.stringify(value))
    }
    await bench.run()
    const nanoseconds = (task: (typeof bench.tasks)[number]): number =>
      'latency' in task.result ? task.result.latency.p50 * 1e6 : Number.NaN
    const [first] = bench.tasks
    if (first === undefined) continue
    console.log(`${action}, ${kind}, ${text.length} bytes`)
    console.table(
      bench.tasks.map((task) => ({
        codec: task.name,
        ns: Math.round(nanoseconds(task)),
        [`ratio to ${first.name}`]: (nanoseconds(task) / nanoseconds(first)).toFixed(2),
      })),
    )
  }
}
