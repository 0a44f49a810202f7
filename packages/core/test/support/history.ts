import { createHash } from 'node:crypto'
import type { ImportedMessage } from '@mdb/core'

/** The same messages each time: interleaved streams of three categories. */
export function* history(count: number): Generator<ImportedMessage> {
  for (let number = 0; number < count; number++) {
    const hash = createHash('md5').update(String(number)).digest('hex')
    yield {
      id: hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      streamName: `${'abc'[number % 3]}-${number % 7}`,
      type: `Type${number % 4}`,
      data: number % 5 === 0 ? undefined : { number, text: 'ü "\\' },
      metadata: number % 2 === 0 ? undefined : { properties: { number } },
      time: new Date(978_307_200_000 + number * 1001),
    }
  }
}
