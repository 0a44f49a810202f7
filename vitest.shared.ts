import { defineConfig, type ViteUserConfig } from 'vitest/config'

// Vitest hands those that are not Vite's own to Node: with `import` among them, a `require` in pg
// would get a module.
const conditions = ['@mdb/source', 'node', 'module']

/** Where CI collects one JSON report per package, to count what ran. */
const reports = process.env['MDB_REPORTS']
const reportFile = `${reports}/${process.env['npm_package_name']?.replace('/', '-')}.json`

/** What every package's tests share: they run on the sources, not on a build. */
export const sharedConfig: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    reporters:
      reports === undefined ? ['default'] : ['default', ['json', { outputFile: reportFile }]],
  },
})
