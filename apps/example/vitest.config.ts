import { configDefaults, type ViteUserConfig } from 'vitest/config'
import { sharedConfig } from '../../vitest.shared.ts'

/** All but those in a browser, which `vitest.browser.config.ts` is for. */
const config: ViteUserConfig = {
  ...sharedConfig,
  test: { ...sharedConfig.test, exclude: [...configDefaults.exclude, 'test/browser/**'] },
}

export default config
