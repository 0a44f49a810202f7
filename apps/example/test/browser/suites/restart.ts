import { expect, test } from 'vitest'
import type { Stage } from '../support/stage.ts'

/** The page outlives its server. */
export function restartSuite(stage: () => Stage): void {
  test('a lost connection is said, and found again after a restart, with the same totals', async () => {
    const { speeds, reader, restart, expectAgreement } = stage()
    await reader.speed(speeds.steady)
    const { written } = await reader.shown()
    await reader.until('some flights', (now) => now.written > written + 20)
    await restart(async () => {
      await reader.until('the loss', ({ connection }) => connection === 'lost')
      await reader.click('Pause')
      const { problem } = await reader.until('a problem', ({ problem }) => problem !== undefined)
      expect(problem).toBe('The server does not answer. Is it still running?')
      await reader.click('Close')
    })
    await reader.until('a connection', ({ connection }) => connection === 'open')
    // What the loss itself made the browser say.
    reader.complaints.length = 0
    await expectAgreement()
  })
}
