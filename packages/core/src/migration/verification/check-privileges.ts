import { quoteName } from '../../quote-name.ts'
import type { Finding } from './finding.ts'
import type { OfficialFunction } from './official-functions.ts'
import type { Facts } from './read-facts.ts'

/** Finds the rights that the current role lacks, and the calls of a store that fail for it. */
export function checkPrivileges(facts: Facts, officials: readonly OfficialFunction[]): Finding[] {
  const { surroundings, relations, functions } = facts
  const { role } = surroundings
  const lacks = (what: string, calls: readonly string[]): Finding => ({
    code: 'privilege-missing',
    severity: 'error',
    subject: `role ${role}`,
    found: `no ${what}`,
    expected: what,
    command: `GRANT ${what} TO ${quoteName(role)};`,
    calls,
  })
  if (!surroundings.mayUseSchema) {
    return [
      lacks(
        'USAGE ON SCHEMA message_store',
        officials.map(({ name }) => name),
      ),
      ...checkRest(),
    ]
  }
  return checkRest()

  function checkRest(): Finding[] {
    const uses = callsThat(officials)
    const table = relations.find(({ name, kind }) => name === 'messages' && kind === 'table')
    const sequence = relations.find(({ name }) => name === 'messages_global_position_seq')
    return [
      ...(table?.maySelect === false
        ? [lacks('SELECT ON message_store.messages', uses(/\bFROM\s+messages\b/))]
        : []),
      ...(table?.mayInsert === false
        ? [lacks('INSERT ON message_store.messages', uses(/\bINSERT INTO messages\b/))]
        : []),
      ...(sequence?.mayUse === false
        ? [
            lacks(
              'USAGE ON SEQUENCE message_store.messages_global_position_seq',
              uses(/\bINSERT INTO messages\b/),
            ),
          ]
        : []),
      ...functions
        .filter(({ mayExecute }) => !mayExecute)
        .map(({ name, types }) =>
          lacks(`EXECUTE ON FUNCTION message_store.${name}(${types})`, [
            ...new Set([name, ...uses(new RegExp(String.raw`\b${name}\(`))]),
          ]),
        ),
      ...relations
        .filter(({ kind, maySelect }) => kind === 'view' && !maySelect)
        .map(({ name }) => lacks(`SELECT ON message_store.${name}`, [])),
    ]
  }
}

/** Which functions have something in their body, or call one that has. */
function callsThat(officials: readonly OfficialFunction[]): (pattern: RegExp) => string[] {
  return (pattern) => {
    const using = new Set(
      officials.filter(({ body }) => pattern.test(body)).map(({ name }) => name),
    )
    // A set is read on while it grows: what calls a function that was added is added too.
    for (const used of using) {
      const called = new RegExp(String.raw`\b${used}\(`)
      for (const { name, body } of officials) if (called.test(body)) using.add(name)
    }
    return officials.map(({ name }) => name).filter((name) => using.has(name))
  }
}
