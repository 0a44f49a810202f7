import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Chance that is the same for the same seed. */
export interface Random {
  /** At least 0, and below 1. */
  fraction(): number
  /** An integer of the range, both ends included. */
  integer(from: number, to: number): number
  /** A version 4 uuid. */
  uuid(): string
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Chance from a seed, which is any integer. */
export function randomFrom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  return {
    fraction: () => uniformFloat64(generator),
    integer: (from, to) => uniformInt(generator, from, to),
    uuid() {
      const [one, two] = [hex(generator.next()), hex(generator.next())]
      const [three, four] = [hex(generator.next()), hex(generator.next())]
      return `${one}-${two.slice(0, 4)}-4${two.slice(5)}-a${three.slice(1, 4)}-${three.slice(4)}${four}`
    },
  }
}

function hex(bits: number): string {
  return `${HEX[(bits >>> 24) & 255]}${HEX[(bits >>> 16) & 255]}${HEX[(bits >>> 8) & 255]}${HEX[bits & 255]}`
}
