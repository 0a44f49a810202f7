import { SETTLE_CARDINAL_ID } from '../cardinal-id-path.ts'
import { OFFICIAL_VERSION } from '../official-sql.ts'
import { quoteName } from '../../quote-name.ts'
import { upgradeScripts } from '../update-scripts.ts'
import type { Finding } from './finding.ts'
import type { Facts, Surroundings } from './read-facts.ts'

const OLDEST_SERVER = 120_000

/** Judges the server's version. */
export function checkServer({ serverVersion }: Surroundings): Finding[] {
  if (serverVersion >= OLDEST_SERVER) return []
  return [
    {
      code: 'server-too-old',
      severity: 'error',
      subject: 'PostgreSQL',
      found: `version ${serverVersion}`,
      expected: `version ${OLDEST_SERVER} or newer`,
      command: 'Upgrade the server to PostgreSQL 12 or newer.',
    },
  ]
}

/** Judges the version of Message DB, `undefined` when its function does not say one. */
export function checkVersion(version: string | undefined): Finding[] {
  if (version === OFFICIAL_VERSION) return []
  const outdated = version !== undefined && upgradeScripts(version) !== undefined
  return [
    {
      code: outdated ? 'version-outdated' : 'version-unknown',
      severity: 'error',
      subject: 'Message DB',
      found: version === undefined ? 'no version' : `version ${version}`,
      expected: `version ${OFFICIAL_VERSION}`,
      command: outdated
        ? 'await upgradeMessageStore(db)'
        : `Use the @mdb/core that is written for this version of Message DB.`,
    },
  ]
}

/** Judges the consumer-group indexes, and what they ask of `cardinal_id`. */
export function checkConsumerGroupIndexes({
  consumerGroupIndexes,
  cardinalIdPath,
}: Facts): Finding[] {
  const findings = consumerGroupIndexes
    .filter(({ state }) => state !== 'valid')
    .map(({ name, size, state }): Finding => {
      const building = state === 'building'
      return {
        code: building ? 'consumer-group-index-building' : 'consumer-group-index-invalid',
        severity: building ? 'notice' : 'error',
        subject: `index ${name}`,
        found: building ? 'an index that is being built' : 'an index whose build failed',
        expected: 'a valid index',
        command: `await createConsumerGroupIndex(db, { size: ${size} })`,
      }
    })
  const settled = cardinalIdPath?.includes('message_store') === true
  if (consumerGroupIndexes.length === 0 || settled) return findings
  return [
    ...findings,
    {
      code: 'consumer-group-index-unsettled',
      severity: 'error',
      subject: 'function cardinal_id',
      found: 'no search_path of its own: ANALYZE, REINDEX and the restoring of a dump fail',
      expected: 'a search_path with message_store, as createConsumerGroupIndex sets it',
      command: `${SETTLE_CARDINAL_ID};`,
    },
  ]
}

/** What is worth knowing: role `message_store`, and whether conditions may be sent. */
export function checkNotices(
  { roleExists, sqlCondition, database }: Surroundings,
  roleSql: string,
): Finding[] {
  const role: Finding = {
    code: 'role-missing',
    severity: 'notice',
    subject: 'role message_store',
    found: 'nothing',
    expected: 'the role that the official installation creates and grants to',
    command: roleSql,
  }
  const conditions: Finding = {
    code: 'conditions-off',
    severity: 'notice',
    subject: 'setting message_store.sql_condition',
    found: sqlCondition ?? 'nothing',
    expected: 'on, where reads have a condition',
    command: `ALTER DATABASE ${quoteName(database)} SET message_store.sql_condition = 'on';`,
  }
  return [
    ...(roleExists ? [] : [role]),
    ...(sqlCondition === null || sqlCondition === 'off' ? [conditions] : []),
  ]
}
