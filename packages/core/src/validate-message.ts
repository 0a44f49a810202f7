import { InvalidMessageError, InvalidMessageIdError, InvalidStreamNameError } from './errors.ts'
import type { NewMessage } from './message.ts'
import { textProblem } from './text.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** @throws {InvalidStreamNameError} */
export function checkStreamName(streamName: unknown): void {
  if (typeof streamName !== 'string') {
    throw new InvalidStreamNameError(streamName, 'is not a string.')
  }
  if (streamName === '') throw new InvalidStreamNameError(streamName, 'is empty.')
  const problem = textProblem(streamName)
  if (problem !== undefined) throw new InvalidStreamNameError(streamName, problem)
}

/** @throws {InvalidStreamNameError} */
export function checkStreamNames(names: unknown): void {
  if (!Array.isArray(names)) {
    throw new InvalidStreamNameError(names, 'is not a list. Expected an array of stream names.')
  }
  names.forEach(checkStreamName)
}

/** @throws {InvalidStreamNameError} */
export function checkText(text: string): void {
  const problem = textProblem(text)
  if (problem !== undefined) throw new InvalidStreamNameError(text, problem)
}

/** @throws {InvalidMessageError} @throws {InvalidMessageIdError} */
export function checkNewMessage(message: NewMessage): void {
  checkType(message.type)
  if (!('data' in message)) {
    throw new InvalidMessageError(
      'data',
      'is missing. Give undefined for a message without data (SQL NULL), or null for JSON null.',
    )
  }
  if (message.id !== undefined) checkMessageId(message.id)
}

/** @throws {InvalidMessageIdError} */
export function checkMessageId(id: unknown): void {
  if (typeof id !== 'string' || !UUID.test(id)) throw new InvalidMessageIdError(id)
}

/** @throws {InvalidMessageError} */
export function checkType(type: unknown): void {
  if (typeof type !== 'string' || type === '') {
    throw new InvalidMessageError('type', 'is not a string, or is empty.')
  }
  const problem = textProblem(type)
  if (problem !== undefined) throw new InvalidMessageError('type', problem)
}
