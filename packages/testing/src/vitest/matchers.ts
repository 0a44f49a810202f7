import { expect } from 'vitest'
import { matchers, type MessageStoreMatchers } from '../matchers/matchers.ts'

declare module 'vitest' {
  // Vitest adds to it what is declared here; its parameters are as Vitest has them.
  export interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    T = unknown,
  > extends MessageStoreMatchers<R> {}
}

expect.extend(matchers)

export type { MessageStoreMatchers } from '../matchers/matchers.ts'
