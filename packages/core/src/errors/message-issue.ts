/** What is wrong with a message, and where: `data.flights[3].delay`. */
export interface MessageIssue {
  readonly path: string
  readonly message: string
}

/** Makes lines of issues, for an error's message. */
export function listIssues(issues: readonly MessageIssue[]): string {
  return issues.map(({ path, message }) => `\n  ${path}: ${message}`).join('')
}
