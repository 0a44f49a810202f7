import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMessages } from '../src/reading/read-messages.ts'

async function* pagesOf(pages: readonly (readonly number[])[], log: string[], failAt = -1) {
  try {
    for (const [index, page] of pages.entries()) {
      await Promise.resolve()
      if (index === failAt) throw new Error('failed')
      log.push(`page ${index}`)
      yield page
    }
  } finally {
    await Promise.resolve()
    log.push('left')
  }
}

/** What it has to be like. */
async function* generator(pages: AsyncIterable<readonly number[]>) {
  for await (const page of pages) for (const message of page) yield message
}

type Step = 'next' | 'return' | 'throw'

/** Takes the steps, some of them without waiting for those before. */
async function walk(
  messages: AsyncGenerator<number, void, undefined>,
  steps: readonly { readonly step: Step; readonly wait: boolean }[],
): Promise<unknown[]> {
  const answers: Promise<unknown>[] = []
  for (const { step, wait } of steps) {
    const answer = step === 'throw' ? messages.throw(new Error('mine')) : messages[step]()
    answers.push(answer.catch((error: unknown) => String(error)))
    if (wait) await answers.at(-1)
  }
  return Promise.all(answers)
}

test('answers as an async generator does, in whatever order it is asked', async () => {
  const step = fc.record({
    step: fc.oneof(
      { weight: 8, arbitrary: fc.constant<Step>('next') },
      fc.constantFrom<Step>('return', 'throw'),
    ),
    wait: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer(), { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      fc.array(step, { maxLength: 15 }),
      fc.integer({ min: -1, max: 3 }),
      async (pages, steps, failAt) => {
        const [log, expected]: [string[], string[]] = [[], []]
        const answers = await walk(readMessages(pagesOf(pages, log, failAt), undefined), steps)
        const model = await walk(generator(pagesOf(pages, expected, failAt)), steps)
        expect(answers).toEqual(model)
        expect(log).toEqual(expected)
      },
    ),
    { numRuns: 500 },
  )
})

test('an abort between two messages of a page ends the read with its reason', async () => {
  const log: string[] = []
  const controller = new AbortController()
  const messages = readMessages(pagesOf([[1, 2], [3]], log), controller.signal)
  expect(await messages.next()).toEqual({ value: 1, done: false })
  controller.abort(new Error('enough'))
  await expect(messages.next()).rejects.toThrow('enough')
  expect(log).toEqual(['page 0', 'left'])
  expect(await messages.next()).toEqual({ value: undefined, done: true })
})

test('is disposed of where its scope ends', async () => {
  const log: string[] = []
  {
    await using messages = readMessages(pagesOf([[1, 2]], log), undefined)
    await messages.next()
  }
  expect(log).toEqual(['page 0', 'left'])
})
