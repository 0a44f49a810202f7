import { bigintJson, type JsonCodec, plainJson } from '@mdb/core'
import Table from 'cli-table3'
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

type Action = 'parse' | 'stringify'

/** Plain JSON reads a rounded number there, and refuses to write the bigint. */
function cannot(codec: string, action: Action, value: unknown): boolean {
  return action === 'stringify' && value !== flight && (codec === 'JSON' || codec === 'plainJson')
}

/** Nanoseconds of each codec's turn, in its median. */
async function measureCodecs(action: Action, value: unknown): Promise<Record<string, number>> {
  const text = bigintJson.stringify(value)
  const bench = new Bench({ time: 1_000 })
  for (const [name, codec] of Object.entries(codecs)) {
    if (cannot(name, action, value)) continue
    bench.add(name, action === 'parse' ? () => codec.parse(text) : () => codec.stringify(value))
  }
  await bench.run()
  return Object.fromEntries(
    bench.tasks.map(({ name, result }) => [
      name,
      'latency' in result ? result.latency.p50 * 1e6 : Number.NaN,
    ]),
  )
}

/** What a codec costs, as a ratio to the first: `JSON` itself, and two libraries that read bigints. */
export async function printCodecs(): Promise<{ text: string; data: unknown }> {
  const table = new Table({
    head: ['message', 'does', 'codec', 'ns', 'ratio to the first'],
    style: { head: [], border: [], compact: true },
  })
  const data: Record<string, Record<string, number>> = {}
  for (const [kind, value] of Object.entries(values)) {
    for (const action of ['parse', 'stringify'] as const) {
      const times = await measureCodecs(action, value)
      data[`${action}, ${kind}`] = times
      const [first = Number.NaN] = Object.values(times)
      for (const [codec, time] of Object.entries(times)) {
        table.push([kind, action, codec, Math.round(time), (time / first).toFixed(2)])
      }
    }
  }
  return { text: table.toString(), data }
}
