import type { FoundFunction } from './read-facts.ts'
import { settlesCardinalId } from '../cardinal-id-path.ts'
import { type Finding, squeeze } from './finding.ts'
import { type OfficialFunction, plainType, splitArguments } from './official-functions.ts'

/** Compares the functions with the official ones: there, unchanged, and without namesakes. */
export function checkFunctions(
  officials: readonly OfficialFunction[],
  found: readonly FoundFunction[],
): Finding[] {
  return officials.flatMap((official) => {
    const named = found.filter(({ name }) => name === official.name)
    const same = named.find(({ types }) => types === official.types)
    const others = named.filter((one) => one !== same)
    const missing = same === undefined ? [missingFunction(official, others)] : []
    const changed = same === undefined ? [] : compare(official, same)
    return [...missing, ...changed, ...others.map(overloaded)]
  })
}

function missingFunction(official: OfficialFunction, others: readonly FoundFunction[]): Finding {
  return {
    code: 'function-missing',
    severity: 'error',
    subject: `function ${official.name}`,
    found: others.length === 0 ? 'nothing' : `only ${others.map(signature).join(' and ')}`,
    expected: `${official.name}(${official.types})`,
    command: official.sql,
  }
}

function overloaded(found: FoundFunction): Finding {
  return {
    code: 'function-overloaded',
    severity: 'error',
    subject: `function ${found.name}`,
    found: `another function of that name, ${signature(found)}: calls may be ambiguous`,
    expected: 'one function of that name',
    command: `DROP FUNCTION message_store.${signature(found)};`,
  }
}

function compare(official: OfficialFunction, found: FoundFunction): Finding[] {
  const header = headerDifferences(official, found)
  const rest = restDifferences(official, found)
  if (header.length + rest.length === 0) return []
  // What a header says cannot be replaced: the function has to go first.
  const drop = header.length > 0 ? `DROP FUNCTION message_store.${signature(found)};\n` : ''
  return [
    {
      code: 'function-changed',
      severity: 'error',
      subject: `function ${official.name}`,
      found: [...header, ...rest].join('; '),
      expected: `the definition in the official SQL of Message DB`,
      command: `${drop}${official.sql}`,
    },
  ]
}

function headerDifferences(official: OfficialFunction, found: FoundFunction): string[] {
  const differences = []
  const parts = splitArguments(found.arguments)
  if (parts.join(', ') !== official.arguments.join(', ')) {
    differences.push(`arguments (${parts.join(', ')})`)
  }
  if (plainType(found.result) !== official.result) differences.push(`returns ${found.result}`)
  return differences
}

function restDifferences(official: OfficialFunction, found: FoundFunction): string[] {
  const differences = []
  if (squeeze(found.body) !== squeeze(official.body)) differences.push('another body')
  if (found.language !== official.language) differences.push(`language ${found.language}`)
  if (found.volatility !== official.volatility) differences.push(found.volatility)
  if (found.securityDefiner) differences.push('security definer')
  if (found.strict) differences.push('strict: an argument that is NULL makes the result NULL')
  for (const setting of found.settings) {
    if (!settlesCardinalId(found, setting)) differences.push(`set ${setting}`)
  }
  return differences
}

const signature = ({ name, types }: FoundFunction): string => `${name}(${types})`
