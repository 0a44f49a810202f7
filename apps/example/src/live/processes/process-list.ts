import type { ProcessState } from '../page-state.ts'

type Life = ProcessState['state']

interface Entry<Handle> {
  readonly id: string
  readonly pid: number | undefined
  readonly handle: Handle
  readonly state: Life
}

/** How many processes that ended are remembered. */
const endedKept = 4

/** Which processes there are, and what became of them. */
export class ProcessList<Handle> {
  #entries: ReadonlyArray<Entry<Handle>> = []
  #count = 0
  /** Tells processes of this start from those of earlier ones, whose leases may not be over. */
  readonly #start = crypto.randomUUID().slice(0, 8)

  nextId(): string {
    this.#count += 1
    return `process-${this.#count}`
  }

  /** What the process is called in the leases. */
  ownerName(id: string): string {
    return `${id} of ${this.#start}`
  }

  /** The process of a lease; one of an earlier start by its whole name. */
  idOf(owner: string): string {
    const name = owner.slice(0, owner.lastIndexOf(':'))
    return this.#entries.find(({ id }) => this.ownerName(id) === name)?.id ?? name
  }

  add(id: string, handle: Handle, pid?: number): void {
    this.#entries = [...this.#entries, { id, pid, handle, state: 'starting' }]
  }

  setState(id: string, state: Life): void {
    this.#entries = this.#entries.map((entry) => (entry.id === id ? { ...entry, state } : entry))
  }

  /** Notes the end; who was killed stays killed. Says what it says now. */
  ended(id: string, state: 'killed' | 'stopped'): Life | undefined {
    if (this.stateOf(id) !== 'killed') this.setState(id, state)
    const ended = this.#entries.filter((entry) => !isAlive(entry))
    const forgotten = new Set(ended.slice(0, -endedKept))
    this.#entries = this.#entries.filter((entry) => !forgotten.has(entry))
    return this.stateOf(id)
  }

  stateOf(id: string): Life | undefined {
    return this.#entries.find((entry) => entry.id === id)?.state
  }

  living(id: string): Handle | undefined {
    return this.#entries.find((entry) => entry.id === id && isAlive(entry))?.handle
  }

  states(): Array<Omit<ProcessState, 'members'>> {
    return this.#entries.map(({ id, pid, state }) => ({ id, pid, state }))
  }

  async endAll(end: (handle: Handle) => Promise<void>): Promise<void> {
    await Promise.all(this.#entries.filter(isAlive).map(({ handle }) => end(handle)))
  }
}

function isAlive({ state }: { readonly state: Life }): boolean {
  return state === 'starting' || state === 'running'
}
