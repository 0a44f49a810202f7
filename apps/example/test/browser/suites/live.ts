import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../support/backends.ts'
import { findChromium } from '../support/chromium.ts'
import { setStage, type Stage } from '../support/stage.ts'
import { accessibleSuite } from './accessible.ts'
import { handsOnSuite } from './hands-on.ts'
import { restartSuite } from './restart.ts'

const chromium = await findChromium()

/** All suites of the page on one backend, each going on where the one before it ended. */
export function liveSuite(backend: Backend): void {
  test.runIf(chromium === undefined)('a browser is there', ({ skip }) => {
    const missing = 'there is no Chromium on this machine (bash .ci/install-chromium)'
    expect(process.env['MDB_REQUIRE_BROWSER'], missing).not.toBe('1')
    console.warn(`Skipped in a browser: ${missing}`)
    skip(missing)
  })

  describe.runIf(chromium !== undefined)(`the live page on ${backend.title}`, () => {
    let stage: Stage | undefined
    beforeAll(async () => {
      stage = await setStage(backend, chromium ?? '')
    })
    afterAll(() => stage?.[Symbol.asyncDispose]())
    afterEach(() => {
      expect(stage?.reader.complaints).toEqual([])
    })

    const onStage = (): Stage => {
      if (stage === undefined) throw new Error('The example did not start')
      return stage
    }
    handsOnSuite(onStage)
    restartSuite(onStage)
    accessibleSuite(onStage)
  })
}
