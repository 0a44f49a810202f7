import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibleSuite } from './suites/accessible.ts'
import { handsOnSuite } from './suites/hands-on.ts'
import { restartSuite } from './suites/restart.ts'
import { backends } from './support/backends.ts'
import { findChromium } from './support/chromium.ts'
import { setStage, type Stage } from './support/stage.ts'

const chromium = await findChromium()

test.runIf(chromium === undefined)('a browser is there', ({ skip }) => {
  const missing = 'there is no Chromium on this machine (bash .ci/install-chromium)'
  expect(process.env['MDB_REQUIRE_BROWSER'], missing).not.toBe('1')
  console.warn(`Skipped in a browser: ${missing}`)
  skip(missing)
})

describe.runIf(chromium !== undefined).for(backends)('the live page on $backend', (backend) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await setStage(backend, chromium ?? '')
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  afterEach(() => {
    expect(stage.reader.complaints).toEqual([])
  })

  // One goes on where the other ended.
  handsOnSuite(() => stage)
  restartSuite(() => stage)
  accessibleSuite(() => stage)
})
