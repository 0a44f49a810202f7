import { Application, type DeclarationReflection, ReflectionKind, TSConfigReader } from 'typedoc'

export interface Missing {
  /** The exports that were looked at, by subpath and name. */
  readonly seen: readonly string[]
  /** Those of them without a docstring that says something. */
  readonly missing: readonly string[]
}

/** Finds the exports that have no docstring. Their members are for their authors to judge. */
export async function missingDocstrings(entryPoints: readonly string[]): Promise<Missing> {
  const options = {
    entryPoints: [...entryPoints],
    tsconfig: 'tsconfig.json',
    excludeExternals: true,
  }
  // The settings of the reference, some of which are its plugin's, are not for this.
  const application = await Application.bootstrap({ ...options, logLevel: 'Error' }, [
    new TSConfigReader(),
  ])
  const project = await application.convert()
  if (project === undefined) throw new Error('The sources do not compile: run `pnpm check`.')
  const modules = project.getChildrenByKind(ReflectionKind.Module)
  const holders = modules.length === 0 ? [project] : modules
  const exports = holders.flatMap((holder) =>
    (holder.children ?? [])
      // A re-export of what another subpath documents.
      .filter(({ kind }) => kind !== ReflectionKind.Reference)
      .map((child) => ({ name: `${holder.name}: ${child.name}`, child })),
  )
  return {
    seen: exports.map(({ name }) => name),
    missing: exports.filter(({ child }) => !saysSomething(child)).map(({ name }) => name),
  }
}

// The docstring of a function is that of its signatures.
function saysSomething({ comment, signatures = [] }: DeclarationReflection): boolean {
  const said = [comment, ...signatures.map((signature) => signature.comment)]
  return said.some((each) => (each?.summary ?? []).some(({ text }) => text.trim() !== ''))
}
