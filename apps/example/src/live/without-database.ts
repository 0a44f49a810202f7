import type { PageState } from './page-state.ts'

/** What can still be said when the database does not answer: what was last seen, as no more than that. */
export function withoutDatabase(last: PageState, events: PageState['events']): PageState {
  const { flights, group, totals } = last
  return {
    ...last,
    databaseLost: true,
    flights: { ...flights, rate: 0 },
    group: {
      ...group,
      members: group.members.map((member) => ({ ...member, state: 'unknown', rate: 0 })),
    },
    totals: { ...totals, state: 'unknown' },
    events,
  }
}
