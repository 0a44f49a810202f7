import {
  AliasNode,
  IdentifierNode,
  type OperationNode,
  type SelectQueryNode,
  TableNode,
} from 'kysely'
import { InvalidConditionError } from './errors.ts'

/** Whether a name in front of a column is that of the row which a condition is about. */
export function isMessage({ table }: TableNode): boolean {
  return table.schema === undefined && table.identifier.name === 'message'
}

/**
 * Whether a subquery has a table that goes by the row's name, so that the row cannot be named there.
 *
 * @throws {InvalidConditionError} when it selects from `message`, which is a row and no table.
 */
export function hidesMessage({ from, joins = [] }: SelectQueryNode): boolean {
  const tables = [...(from?.froms ?? []), ...joins.map(({ table }) => table)]
  return tables.some((table) => ['message', 'messages'].includes(nameOf(table) ?? ''))
}

function nameOf(node: OperationNode): string | undefined {
  if (AliasNode.is(node)) {
    nameOf(node.node)
    return IdentifierNode.is(node.alias) ? node.alias.name : undefined
  }
  if (!TableNode.is(node)) return undefined
  if (isMessage(node)) {
    throw new InvalidConditionError(
      `it selects from "message", which is the row at hand and no table. Select from sql\`message_store.messages\`.as('other').`,
    )
  }
  return node.table.identifier.name
}
