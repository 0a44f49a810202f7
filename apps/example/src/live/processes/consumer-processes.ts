import type { ProcessState } from '../page-state.ts'

/**
 * The processes that run the consumers. Each takes part in the groups under a name of its own, which
 * no other has, nor had at an earlier start.
 */
export interface ConsumerProcesses extends AsyncDisposable {
  /** Starts one more, and says its id. */
  add(): string
  /** Ends one as SIGKILL does: it gives nothing back. Says false when there is none that lives. */
  kill(id: string): boolean
  /** The oldest first; of those that ended the last few. */
  list(): ReadonlyArray<Omit<ProcessState, 'members'>>
  /** The process of a lease, by what `readConsumerGroup` calls its owner. */
  idOf(owner: string): string
}

/** Told of what happens in the processes, in words for the page. */
export type Tell = (text: string) => void
