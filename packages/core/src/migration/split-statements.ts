/**
 * Splits SQL at its semicolons, but not at those inside a dollar-quoted body, a quoted text or
 * name, or a comment: drivers send one statement at a time. It knows what the official files use,
 * not all of SQL: no nested comments, no E'' texts.
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let current = ''
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === ';') {
      statements.push(current)
      current = ''
    } else {
      current += token
    }
  }
  statements.push(current)
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}

const TOKEN = /--[^\n]*|\/\*.*?\*\/|(\$\w*\$).*?\1|'[^']*'|"[^"]*"|[^;'"$/-]+|./gs
