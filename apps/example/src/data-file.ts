/** Where a file of vega-datasets is on disk: the package exports its entry only, its data is beside. */
export function dataFile(name: string): URL {
  return new URL(`../data/${name}`, import.meta.resolve('vega-datasets'))
}
