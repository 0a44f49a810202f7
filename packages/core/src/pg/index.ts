// What @mdb/core adds to the driver `pg`. It knows the driver by Kysely's types alone.
export { namedStatements } from './named-statements.ts'
