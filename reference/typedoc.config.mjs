// @ts-check
import { readFileSync } from 'node:fs'
import path from 'node:path'

const PACKAGES = ['core', 'subscriptions', 'testing']

/** The source of every subpath that a package exports. */
export const entryPoints = PACKAGES.flatMap((name) => {
  const folder = path.join(import.meta.dirname, '../packages', name)
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return Object.values(manifest.exports).flatMap((target) =>
    target['@mdb/source'] === undefined ? [] : [path.join(folder, target['@mdb/source'])],
  )
})

/** @type {Partial<import('typedoc').TypeDocOptions & import('typedoc-plugin-markdown').PluginOptions>} */
const options = {
  plugin: ['typedoc-plugin-markdown'],
  name: 'API reference',
  entryPoints,
  tsconfig: 'tsconfig.json',
  readme: 'none',
  out: '../docs/api',
  router: 'module',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  disableSources: true,
  excludeExternals: true,
  // Links into another subpath's names do not resolve: they are text there.
  validation: { notExported: false, invalidLink: false },
}

export default options
