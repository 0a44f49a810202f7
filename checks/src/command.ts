import { execFile } from 'node:child_process'

export interface CommandResult {
  readonly code: number
  /** Standard output and standard error as they came, for a message that a reader can act on. */
  readonly output: string
  readonly stdout: string
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeout?: number
}

/** Runs a program to its end; a failure is a result, not an exception. */
export function command(
  file: string,
  args: readonly string[],
  { cwd, env, timeout = 120_000 }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      { cwd, env: { ...process.env, ...env }, timeout, killSignal: 'SIGKILL', maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const why = error?.killed === true ? `\nstopped after ${timeout} ms` : ''
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        const output = `$ ${file} ${args.join(' ')}\n${stdout}${stderr}${why}`
        resolve({ code, output, stdout })
      },
    )
    child.stdin?.end()
  })
}

/** The same, for steps that must succeed. */
export async function mustRun(
  file: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { code, output, stdout } = await command(file, args, options)
  if (code !== 0) throw new Error(`exit code ${code}\n${output}`)
  return stdout
}

/** The pnpm that runs this, or, when a test was started by hand, the one the README names. */
export function pnpm(args: readonly string[], options?: CommandOptions): Promise<string> {
  const underPnpm = process.env['npm_config_user_agent']?.startsWith('pnpm/') === true
  return underPnpm
    ? mustRun('pnpm', args, options)
    : mustRun('npx', ['--yes', 'pnpm@12', ...args], options)
}
