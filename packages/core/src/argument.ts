import type { Expression } from 'kysely'

/** A value, or a Kysely expression for it: a column of the query around the call, for example. */
export type Argument<T> = T | Expression<T>

/** Options of which some may also be expressions. */
export type Expressible<Options, Key extends keyof Options> = Omit<Options, Key> & {
  readonly [K in Key]: Options[K] | Expression<NonNullable<Options[K]>>
}

export function isExpression(argument: unknown): argument is Expression<unknown> {
  return typeof argument === 'object' && argument !== null && 'toOperationNode' in argument
}

/** Checks a value before it is sent. What an expression yields is for the server to judge. */
export function checkArgument<T>(argument: Argument<T>, check: (value: T) => unknown): void {
  if (!isExpression(argument)) check(argument)
}
