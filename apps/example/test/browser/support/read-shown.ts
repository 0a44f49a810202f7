/** What stands on the page. */
export interface Shown {
  readonly connection: string
  readonly written: number
  readonly inFile: number
  readonly speed: string
  readonly agreement: { readonly state: string; readonly text: string }
  /** By row: arrivals, late, minutes. */
  readonly expected: readonly number[]
  readonly projected: readonly number[]
  readonly coloured: number
  readonly members: readonly {
    readonly state: string
    readonly owner: string
    readonly position: number
  }[]
  readonly resizing: string
  readonly processes: readonly {
    readonly name: string
    readonly state: string
    /** As a process of the system, and of the group. */
    readonly role: string
  }[]
  readonly broken: readonly string[]
  readonly parked: readonly { readonly stream: string; readonly error: string }[]
  readonly worst: readonly string[]
  readonly events: readonly string[]
  readonly problem: string | undefined
}

/** Runs within the page, all of it at one moment; so it may use nothing from outside itself. */
export function readShown(): Shown {
  const all = (selector: string): HTMLElement[] => [
    ...document.querySelectorAll<HTMLElement>(selector),
  ]
  const text = (selector: string, root: ParentNode = document): string =>
    root.querySelector(selector)?.textContent?.trim() ?? ''
  const number = (text: string): number => Number(text.replaceAll(',', '').replace('−', '-'))
  const part = (name: string): string => `[data-part=${name}]`
  return {
    connection: document.body.dataset['connection'] ?? '',
    written: number(text('#written')),
    inFile: number(text('#in-file')),
    speed: text('label:has(input[name=speed]:checked)'),
    agreement: {
      state: document.querySelector<HTMLElement>('#agreement')?.dataset['state'] ?? '',
      text: text('#agreement'),
    },
    expected: all('#totals tr').map((row) => number(text(part('expected'), row))),
    projected: all('#totals tr').map((row) => number(text(part('projected'), row))),
    coloured: all('#circles circle:not(.none)').length,
    members: all('#members > li').map((card) => ({
      state: text(part('state'), card),
      owner: text(part('owner'), card),
      position: number(text(part('position'), card)),
    })),
    resizing: text('#resizing'),
    processes: all('#processes > li').map((row) => ({
      name: text(part('name'), row),
      state: row.dataset['state'] ?? '',
      role: text(part('role'), row),
    })),
    broken: all('#broken > li').map((row) => text(part('text'), row)),
    parked: all('#parked > li').map((row) => ({
      stream: text(part('stream'), row),
      error: text(part('error'), row),
    })),
    worst: all('#worst tr').map((row) => text(part('code'), row)),
    events: all('#events li').map((row) => text(part('text'), row)),
    problem: all('#problem').some((bar) => !bar.hidden) ? text('#problem-text') : undefined,
  }
}
