import type { ViteUserConfig } from 'vitest/config'
import { sharedConfig } from '../../vitest.shared.ts'

/** The page in a real browser: `pnpm test:browser`, apart from the tests that take seconds. */
const config: ViteUserConfig = {
  ...sharedConfig,
  test: {
    ...sharedConfig.test,
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 120_000,
    typecheck: { enabled: false },
  },
}

export default config
