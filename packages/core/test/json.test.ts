import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { bigintJson, plainJson } from '@mdb/core'

const beyond = 2n ** 53n + 1n

describe('bigintJson', () => {
  test.for<[string, unknown]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740991', -9007199254740991],
    ['-9007199254740993', -9007199254740993n],
    [
      '{"a":[1,-12345678901234567890,{"b":18446744073709551616}]}',
      {
        a: [1, -12345678901234567890n, { b: 18446744073709551616n }],
      },
    ],
    [' \n\t9007199254740993 ', beyond],
    ['[9007199254740993]', [beyond]],
    ['[ 9007199254740993 ]', [beyond]],
    [`1${'0'.repeat(400)}`, 10n ** 400n],
    ['0.1234567890123456789', 0.12345678901234568],
    ['9007199254740993.5', 9007199254740994],
    ['12345678901234567890.0', 12345678901234567000],
    ['1e21', 1e21],
    ['-0', -0],
    ['1.0', 1],
    ['"9007199254740993"', '9007199254740993'],
    ['{"id":"12345678901234567890","n":1}', { id: '12345678901234567890', n: 1 }],
    [
      '{"12345678901234567890":[" 12345678901234567890 "]}',
      {
        '12345678901234567890': [' 12345678901234567890 '],
      },
    ],
    ['null', null],
  ])('parses %s', ([text, value]) => {
    expect(bigintJson.parse(text)).toStrictEqual(value)
  })

  test('keeps a key named __proto__ as a key', () => {
    const text = `{"__proto__":{"a":${beyond}}}`
    const parsed = bigintJson.parse(text) as object
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(bigintJson.stringify(parsed)).toBe(text)
  })

  test.for<[unknown, string]>([
    [beyond, '9007199254740993'],
    [{ small: 5n, list: [-beyond] }, '{"small":5,"list":[-9007199254740993]}'],
    [
      { at: new Date(0), no: undefined, list: [undefined] },
      '{"at":"1970-01-01T00:00:00.000Z","list":[null]}',
    ],
    [{ toJSON: () => ({ n: beyond }) }, '{"n":9007199254740993}'],
    [{ deep: { toJSON: () => beyond } }, '{"deep":9007199254740993}'],
    [{ n: 12 }, '{"n":12}'],
  ])('stringifies %o', ([value, text]) => {
    expect(bigintJson.stringify(value)).toBe(text)
  })

  describe('where a program gave all bigints a toJSON', () => {
    const prototype = BigInt.prototype as { toJSON?: () => unknown }
    afterEach(() => {
      delete prototype.toJSON
    })

    test('writes the integer all the same', () => {
      prototype.toJSON = () => 'replaced'
      expect(JSON.stringify({ n: 1n })).toBe('{"n":"replaced"}')
      expect(bigintJson.stringify({ n: 1n, list: [beyond] })).toBe(
        '{"n":1,"list":[9007199254740993]}',
      )
      expect(() => plainJson.stringify({ n: 1n })).toThrow('bigint')
    })
  })

  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    fc.bigInt().map(String),
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value')),
      fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), tie('value')),
    ),
  }))

  /** What is expected back: bigints that are not beyond are numbers. */
  const asRead = (given: unknown): unknown => {
    if (typeof given === 'bigint') {
      return Number.isSafeInteger(Number(given)) ? Number(given) : given
    }
    if (Array.isArray(given)) return given.map(asRead)
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, asRead(item)]))
  }
  /** JavaScript writes numbers from 2^53 to 1e21 as integers, so they are read as bigint. */
  const withoutLargeNumbers = (given: unknown): boolean =>
    !/(?:^|[:,[])-?\d{16,}(?=[\],}]|$)/.test(
      JSON.stringify(given, (_key, item: unknown) => (typeof item === 'bigint' ? 0 : item)),
    )

  test('reads what it wrote, whatever it is', () => {
    fc.assert(
      fc.property(value.filter(withoutLargeNumbers), (given) => {
        expect(bigintJson.parse(bigintJson.stringify(given))).toEqual(asRead(given))
      }),
    )
  })

  test('reads as JSON.parse does, but for integers beyond 2^53', () => {
    const toNumbers = (read: unknown): unknown => {
      if (typeof read === 'bigint') return Number(read)
      if (Array.isArray(read)) return read.map(toNumbers)
      if (typeof read !== 'object' || read === null) return read
      return Object.fromEntries(Object.entries(read).map(([key, item]) => [key, toNumbers(item)]))
    }
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, '\t'), (given, space) => {
        const compact = bigintJson.stringify(given)
        // Laid out anew, as jsonb does: the digits are text there until they are numbers again.
        const text = JSON.stringify(JSON.parse(compact), null, space)
        expect(toNumbers(bigintJson.parse(text))).toEqual(JSON.parse(text))
        expect(toNumbers(bigintJson.parse(compact))).toEqual(JSON.parse(compact))
      }),
    )
  })

  test('misses no integer beyond 2^53, wherever it stands', () => {
    const blank = fc.constantFrom('', ' ', '\n', '\t', '\r', '  ')
    const integer = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n })
    fc.assert(
      fc.property(blank, integer, fc.constantFrom('', '-'), blank, (before, n, sign, after) => {
        const number = `${before}${sign}${n}${after}`
        const expected = BigInt(`${sign}${n}`)
        expect(bigintJson.parse(number)).toBe(expected)
        expect(bigintJson.parse(`[1,${number},2]`)).toEqual([1, expected, 2])
        expect(bigintJson.parse(`{"a":${number}}`)).toEqual({ a: expected })
      }),
    )
  })
})

describe.each([
  ['plainJson', plainJson],
  ['bigintJson', bigintJson],
])('%s refuses what JSON would empty', (_name, codec) => {
  class Register extends Map<string, number> {}

  test.for<[string, unknown]>([
    ['Map', new Map([['a', 1]])],
    ['Map', new Register([['a', 1]])],
    ['Set', new Set([1])],
    ['WeakMap', new WeakMap()],
    ['RegExp', /a/],
    ['Error', new TypeError('a')],
    ['Promise', Promise.resolve(1)],
    ['Uint8Array', new Uint8Array([1])],
    ['DataView', new DataView(new ArrayBuffer(1))],
    ['ArrayBuffer', new ArrayBuffer(1)],
    ['Map', runInNewContext('new Map()')],
  ])('a %s', ([kind, value]) => {
    expect(() => codec.stringify(value)).toThrow(`the value is of type ${kind}`)
    expect(() => codec.stringify({ a: [value] })).toThrow(`.a[0] is of type ${kind}`)
  })

  test('but not where it has a toJSON, nor an object of a class', () => {
    const entries = new Map([['a', 1]])
    const withToJson = Object.assign(entries, { toJSON: () => [...entries] })
    expect(codec.stringify({ entries: withToJson })).toBe('{"entries":[["a",1]]}')
    class Seat {
      readonly row = 4
    }
    expect(codec.stringify([new Seat(), Object.create(null), new Date(0)])).toBe(
      '[{"row":4},{},"1970-01-01T00:00:00.000Z"]',
    )
  })
})
