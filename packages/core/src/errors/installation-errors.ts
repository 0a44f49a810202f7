import { quoteName } from '../quote-name.ts'
import { MessageStoreError } from './message-store-error.ts'
import { adviseOn, type Refusal } from './permission-advice.ts'

/** Message DB is not in this database, or not in the schema that was named. */
export class MessageStoreNotInstalledError extends MessageStoreError {
  override readonly name = 'MessageStoreNotInstalledError'
  readonly code = 'MESSAGE_STORE_NOT_INSTALLED'
  readonly schema: string

  constructor(schema: string, options?: ErrorOptions) {
    super(
      `Message DB is not installed in schema ${JSON.stringify(schema)} of this database. ${howToInstall(schema)}, or connect to the database that has it.`,
      options,
    )
    this.schema = schema
  }
}

// The official SQL knows one schema; what it made can be renamed, and works.
function howToInstall(schema: string): string {
  const install = 'Run installMessageStore(db) from @mdb/core/migration'
  if (schema === 'message_store') return install
  const name = quoteName(schema)
  return `Leave out the option schema where Message DB is in message_store. To have it in another schema, which must not be there yet: ${install}, which installs into message_store, and then, as the owner: ALTER SCHEMA message_store RENAME TO ${name}; Otherwise name the schema that has it`
}

/** A part of Message DB is there and a part is missing. */
export class MessageStoreIncompleteError extends MessageStoreError {
  override readonly name = 'MessageStoreIncompleteError'
  readonly code = 'MESSAGE_STORE_INCOMPLETE'
  /** What is there, as `table messages`, `type message`. */
  readonly found: readonly string[]

  constructor(found: readonly string[], options?: ErrorOptions) {
    super(
      `Schema "message_store" holds a part of Message DB (${found.join(', ')}) but not its version function. It was left as it is: restore the installation, or drop the schema if its messages are not needed, and run installMessageStore again.`,
      options,
    )
    this.found = found
  }
}

/** The role may not do this with the message store. */
export class MessageStorePermissionError extends MessageStoreError {
  override readonly name = 'MessageStorePermissionError'
  readonly code = 'MESSAGE_STORE_PERMISSION'
  readonly schema: string
  /** The role that may not; `undefined` in a transaction, which cannot be asked after a failure. */
  readonly role: string | undefined
  /** What must be run; `message` says by whom. */
  readonly command: string

  constructor(details: Refusal, options?: ErrorOptions) {
    const { schema, serverMessage, role } = details
    const { who, command } = adviseOn(details)
    super(
      `${role === undefined ? 'The role' : `Role ${JSON.stringify(role)}`} may not use the message store in schema ${JSON.stringify(schema)} (${serverMessage}). ${who} ${command}`,
      options,
    )
    this.schema = schema
    this.role = role
    this.command = command
  }
}
