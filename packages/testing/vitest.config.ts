import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { sharedConfig } from '../../vitest.shared.ts'

const config: ViteUserConfig = defineConfig({
  ...sharedConfig,
  // The fixtures below are projects of their own, some made to fail: tests run them.
  test: { ...sharedConfig.test, include: ['test/*.test.ts'] },
})

export default config
