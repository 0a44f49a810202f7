import { z } from 'zod'
import type { Command } from './page-state.ts'

const code = z.string().regex(/^[A-Z0-9]{3}$/, 'must be the three letters of an airport')
const parked = { subscriptionId: z.string().max(200), stream: z.string().max(300) }
const globalPosition = z.string().regex(/^[1-9]\d{0,17}$/, 'must be that of a message')

/** What the page may ask, as it comes over the wire. */
export const commandSchema = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('set speed'),
    flightsPerSecond: z.int().min(0).max(100_000),
  }),
  z.strictObject({ command: z.literal('add process') }),
  z.strictObject({ command: z.literal('kill process'), id: z.string().max(100) }),
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  z.strictObject({ command: z.literal('break airport'), code }),
  z.strictObject({ command: z.literal('mend airport'), code }),
  z.strictObject({ command: z.literal('replay parked'), ...parked }),
  z.strictObject({ command: z.literal('discard parked'), ...parked, globalPosition }),
  z.strictObject({ command: z.literal('resize group'), size: z.int().min(1).max(16) }),
]) satisfies z.ZodType<Command>

/** A command, or in one line what is wrong with it. */
export function readCommand(body: unknown): { command: Command } | { error: string } {
  const { data, error } = commandSchema.safeParse(body)
  if (data !== undefined) return { command: data }
  return {
    error: error.issues
      .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
      .join('; '),
  }
}
