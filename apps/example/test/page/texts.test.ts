import { describe, expect, test } from 'vitest'
import { reach } from '../../page/model/connection.js'
import { amount, counted, duration, minutes, percent, shortName } from '../../page/model/format.js'
import { sizeText } from '../../page/model/group.js'
import { lagText, ownerText, positionText } from '../../page/model/member.js'
import { parkedMessageText, waitingText } from '../../page/model/parked.js'
import { processText } from '../../page/model/process.js'
import { speedChoices } from '../../page/model/speed-choices.js'
import { isAllWritten, writingText } from '../../page/model/writing.js'
import { agreement, differenceHeading, discardedText } from '../../page/model/totals.js'

describe('the page says', () => {
  test('numbers and times so that they can be read', () => {
    expect([amount(20_000), minutes(12.34), percent(1, 3), percent(0, 0)]).toEqual([
      '20,000',
      '12.3\u00a0min',
      '33 %',
      '–',
    ])
    expect([0, 1, 59, 180].map(duration)).toEqual(['< 1 s', '1 s', '59 s', '3 min'])
    expect([counted(1, 'message'), counted(2, 'message')]).toEqual(['1 message', '2 messages'])
  })

  test('a position beyond what a number holds, digit by digit', () => {
    expect(positionText('9007199254740993')).toBe('9,007,199,254,740,993')
  })

  test('who has a member, and how far it is behind', () => {
    expect([ownerText('process 1'), ownerText(undefined)]).toEqual([
      'Leased by process 1',
      'Leased by no one',
    ])
    expect(lagText({ lagMessages: 0, lagSeconds: 0 })).toBe('none')
    expect(lagText({ lagMessages: 1_204, lagSeconds: 3.25 })).toBe('1,204 (3 s)')
  })

  test('what a process does', () => {
    const process = { pid: undefined, state: 'running', members: [] } as const
    expect(processText(process)).toBe('standing by')
    expect(processText({ ...process, members: [2] })).toBe('member 2')
    expect(processText({ ...process, pid: 47, members: [0, 3] })).toBe('pid 47, members 0, 3')
    expect(processText({ ...process, pid: 47, state: 'killed' })).toBe('pid 47, killed')
  })

  test('how large the group is, or will be', () => {
    const group = { size: 4, paused: true, resizing: undefined }
    expect(sizeText(group)).toBe('4 now')
    expect(sizeText({ ...group, resizing: { to: 6 } })).toBe('to 6, when resumed')
    expect(sizeText({ ...group, resizing: { to: 6 }, paused: false })).toBe('to 6…')
  })

  test('whether the totals agree', () => {
    const discarded = { arrivals: 0, late: 0, delay: 0 }
    const none = { outstanding: 0, discarded }
    expect(agreement({ ...none, state: 'agree' })).toBe('The totals agree')
    expect(agreement({ ...none, state: 'behind', outstanding: 1 })).toBe('1 message behind')
    expect(agreement({ ...none, state: 'differ' })).toBe('The totals differ')
    expect(discardedText(none)).toBe('')
  })

  test('what was discarded, which never comes', () => {
    const totals = {
      state: 'agree',
      outstanding: 0,
      expected: { arrivals: 10, late: 3, delay: 90 },
      projected: { arrivals: 8, late: 2, delay: 20 },
      discarded: { arrivals: 2, late: 1, delay: 70 },
    } as const
    expect(agreement(totals)).toBe('Agree, but for 2 discarded')
    expect(discardedText(totals)).toBe('2 messages discarded: never handled, and so missing.')
    expect(differenceHeading(totals)).toBe('missing')
    expect(differenceHeading({ ...totals, outstanding: 1 })).toBe('to come')
    expect(differenceHeading({ ...totals, projected: totals.expected })).toBe('to come')
  })

  test('what is parked, and what waits for it', () => {
    const parked = {
      subscriptionId: 'delays',
      stream: 'airport-ORD',
      globalPosition: '12345',
      type: 'FlightArrivedLate',
      error: 'Error: broken',
      attempts: 1,
      waiting: 0,
    }
    expect(parkedMessageText(parked)).toBe('FlightArrivedLate at 12,345')
    expect(waitingText(parked)).toBe('1 attempt by delays; nothing of its stream waits behind it')
    expect(waitingText({ ...parked, attempts: 3, waiting: 2 })).toBe(
      '3 attempts by delays; 2 of its stream wait behind it',
    )
  })

  test('airports without what goes without saying', () => {
    expect(shortName('Palm Beach International')).toBe('Palm Beach')
    expect(shortName('Newark Intl')).toBe('Newark')
  })
})

test('the database may be lost where the server is not', () => {
  expect([reach('open', false), reach('open', true)]).toEqual(['open', 'database-lost'])
  expect(reach('lost', true)).toBe('lost')
})

test('the page says what comes of a speed, and when there is nothing to write', () => {
  const flights = { inFile: 20, written: 10, speed: 2_000, rate: 312 }
  expect(writingText(flights)).toBe('Writing 312 a second')
  expect(writingText({ ...flights, speed: 0, rate: 0 })).toBe('Held')
  expect([isAllWritten(flights), isAllWritten({ ...flights, written: 20 })]).toEqual([false, true])
  expect(writingText({ ...flights, written: 20 })).toMatch(/^All written\. .*--reset/)
})

describe('the speeds to choose from', () => {
  test('hold the one that is', () => {
    expect(speedChoices(100).filter(({ chosen }) => chosen)).toEqual([
      { speed: 100, text: '100', chosen: true },
    ])
    expect(speedChoices(0)[0]).toEqual({ speed: 0, text: 'Hold', chosen: true })
  })

  test('take in one that was set elsewhere, in its place', () => {
    expect(speedChoices(250).map(({ speed }) => speed)).toEqual([0, 20, 100, 250, 500, 2_000])
  })
})
