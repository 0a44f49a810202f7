import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { isTransient, MessageStorePermissionError, translateError } from '@mdb/core'

/** An error as a driver throws it. */
const codedError = (code: string, message = `failed with ${code}`): Error =>
  Object.assign(new Error(message), { code })

describe('transient is', () => {
  test.for([
    '08000',
    '08003',
    '08006',
    '08P01',
    '25006',
    '25P03',
    '25P04',
    '40001',
    '40P01',
    '53000',
    '53100',
    '53200',
    '53300',
    '55P03',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    'CONNECTION_CLOSED',
    'CONNECTION_DESTROYED',
    'CONNECT_TIMEOUT',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
  ])('%s', (code) => {
    expect(isTransient(codedError(code))).toBe(true)
  })

  test.for([
    'Connection terminated unexpectedly',
    'Connection terminated',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])('the text: %s', (message) => {
    expect(isTransient(new Error(message))).toBe(true)
  })

  test('a statement timeout', () => {
    expect(isTransient(codedError('57014', 'canceling statement due to statement timeout'))).toBe(
      true,
    )
  })

  test('a socket file that is away', () => {
    const error = Object.assign(codedError('ENOENT'), { syscall: 'connect' })
    expect(isTransient(error)).toBe(true)
  })

  test('what was caused by it, however deep, and an aggregate that holds it', () => {
    const refused = codedError('ECONNREFUSED')
    const deep = new Error('poll failed', { cause: new Error('read failed', { cause: refused }) })
    expect(isTransient(deep)).toBe(true)
    expect(isTransient(new AggregateError([codedError('EACCES'), refused]))).toBe(true)
    expect(isTransient(new Error('x', { cause: new AggregateError([deep]) }))).toBe(true)
  })

  test('an error of another realm, as Node’s own are in Jest', () => {
    const lost = "Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })"
    expect(isTransient(runInNewContext(lost))).toBe(true)
    expect(isTransient(runInNewContext(`new AggregateError([${lost}])`))).toBe(true)
    expect(isTransient(runInNewContext("new Error('no')"))).toBe(false)
  })

  test('an error of ours that was caused by it', () => {
    const cause = codedError('57P01')
    const error = new MessageStorePermissionError(
      { schema: 'message_store', serverMessage: 'denied' },
      { cause },
    )
    expect(isTransient(error)).toBe(true)
  })
})

describe('transient is not', () => {
  const codes = `22P02 23505 28000 28P01 3D000 3F000 42501 42883 42P01
    53400 57P04 58030 P0001 XX001 EACCES ENOENT CONNECTION_ENDED SASL_SIGNATURE_MISMATCH
    08 080000`
  test.for(codes.split(/\s+/))('%s', (code) => {
    expect(isTransient(codedError(code))).toBe(false)
  })

  test.for([
    'PGlite is closed',
    'driver has already been destroyed',
    'Cannot use a pool after calling end on the pool',
    'the report says: Connection terminated',
    'boom',
  ])('the text: %s', (message) => {
    expect(isTransient(new Error(message))).toBe(false)
  })

  test('a text of a driver under a code that says otherwise', () => {
    expect(isTransient(codedError('P0001', 'timeout expired'))).toBe(false)
  })

  test('a statement that somebody cancelled', () => {
    expect(isTransient(codedError('57014', 'canceling statement due to user request'))).toBe(false)
  })

  test.for([undefined, null, 'ECONNREFUSED', 57, { code: 'ECONNREFUSED' }])(
    'what is no error: %j',
    (error) => {
      expect(isTransient(error)).toBe(false)
    },
  )

  test('an error of ours whose cause is not', () => {
    const raised = codedError('P0001', 'Must be a category: x-1')
    expect(isTransient(translateError(raised))).toBe(false)
  })

  test('a cause that goes round', () => {
    const error = new Error('round')
    error.cause = error
    expect(isTransient(error)).toBe(false)
  })
})
