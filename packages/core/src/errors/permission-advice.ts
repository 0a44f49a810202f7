import { quoteName } from '../quote-name.ts'

/** What is known of a refusal. */
export interface Refusal {
  readonly schema: string
  readonly serverMessage: string
  /** `undefined` in a transaction, which cannot be asked after a failure. */
  readonly role?: string | undefined
  /** Whether role `message_store` has the rights, and the role is no member; `undefined` as above. */
  readonly roleHelps?: boolean | undefined
}

/** Who must run what, so that the role may use the store. */
export interface Advice {
  readonly who: string
  readonly command: string
}

/** Decides what helps against a refusal. */
export function adviseOn({ schema, serverMessage, role, roleHelps }: Refusal): Advice {
  const grantee = role === undefined ? '<role>' : quoteName(role)
  const store = quoteName(schema)
  if (serverMessage.includes('row-level security')) {
    return {
      who: 'Table messages has row level security. Give the role a policy, or, as the owner of the table, run:',
      command: `ALTER TABLE ${store}.messages DISABLE ROW LEVEL SECURITY;`,
    }
  }
  if (roleHelps === false) {
    return {
      who: 'Role message_store is missing, has no rights here itself, or is granted already. As the owner of the store, run:',
      command: [
        `GRANT USAGE ON SCHEMA ${store} TO ${grantee};`,
        `GRANT SELECT, INSERT ON ${store}.messages TO ${grantee};`,
        `GRANT USAGE ON SEQUENCE ${store}.messages_global_position_seq TO ${grantee};`,
        `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${store} TO ${grantee};`,
      ].join(' '),
    }
  }
  return {
    who: `${role === undefined ? 'If verify(db) of @mdb/core/migration finds role message_store, then, as' : 'As'} a superuser or a role with ADMIN on message_store, run:`,
    command: `GRANT message_store TO ${grantee};`,
  }
}
