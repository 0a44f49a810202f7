import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** What every package's tests share: they run on the sources, not on a build. */
export const sharedConfig: ViteUserConfig = defineConfig({
  ssr: { resolve: { conditions: ['@mdb/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@mdb/source', 'node', 'import', 'default'] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    reporters: process.env['MDB_REPORTS']
      ? ['default', ['json', { outputFile: `${process.env['MDB_REPORTS']}/${process.env['npm_package_name']?.replace('/', '-')}.json` }]]
      : ['default'],
  },
})
