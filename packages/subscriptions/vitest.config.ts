import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { sharedConfig } from '../../vitest.shared.ts'

// Vitest hands unknown conditions on to Node itself: with `import` among them, pg's own `require`
// would be given a module.
const conditions = ['@mdb/source', 'node', 'module']

const config: ViteUserConfig = defineConfig({
  ...sharedConfig,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
})

export default config
