import type { Route } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Stage } from '../support/stage.ts'

/** What a reader may do to the group, and the totals after each. */
export function handsOnSuite(stage: () => Stage): void {
  test('the map fills while the flights are replayed', async () => {
    const { speeds, reader, expectAgreement, picture } = stage()
    await reader.speed(speeds.fast)
    await reader.until('100 airports', ({ coloured }) => coloured >= 100)
    await expectAgreement()
    const { worst, written } = await reader.until('a table', ({ worst }) => worst.length === 10)
    expect(new Set(worst).size).toBe(10)
    expect(written).toBeGreaterThan(100)
    await picture('filled')
  })

  test('the members of a process that is killed are taken over', async () => {
    const { name, speeds, reader, expectAgreement, picture } = stage()
    await reader.speed(speeds.steady)
    const before = (await reader.shown()).processes.length
    await reader.click('Add a process')
    const { processes } = await reader.until(
      'a process more',
      ({ processes }) =>
        processes.length > before && processes.every(({ state }) => state === 'running'),
    )
    const victim = processes.find(({ role }) => role.includes('member'))
    const id = victim?.name
    const pid = /pid (\d+)/.exec(victim?.role ?? '')?.[1]
    expect(pid === undefined).toBe(name === 'pglite')
    await reader.click(`Kill ${id}`)
    await reader.until(`the members of ${id} leased by others`, ({ members, processes }) => {
      const killed = processes.find((each) => each.name === id)?.state === 'killed'
      return killed && members.every(({ owner }) => ![`Leased by ${id}`, nobody].includes(owner))
    })
    if (pid !== undefined) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
    await picture('taken-over')
    await expectAgreement()
  })

  test('a paused group stands still, and resumed it catches up', async () => {
    const { speeds, reader, expectAgreement } = stage()
    await reader.click('Pause')
    const { written } = await reader.until('all paused', ({ members }) =>
      members.every(({ state }) => state === 'paused'),
    )
    await reader.speed(speeds.steady)
    const paused = await reader.until('flights to come', (now) => now.written > written + 20)
    expect(paused.agreement.state).toBe('behind')
    const later = await reader.until('more of them', (now) => now.written > paused.written + 20)
    expect(later.projected).toEqual(paused.projected)
    expect(later.members.map(({ position }) => position)).toEqual(
      paused.members.map(({ position }) => position),
    )
    await reader.click('Resume')
    await expectAgreement()
  })

  test('the group grows from four members to six under load', async () => {
    const { speeds, reader, expectAgreement, picture } = stage()
    await reader.speed(speeds.steady)
    expect((await reader.shown()).members).toHaveLength(4)
    await reader.page.getByLabel('Members').selectOption('6')
    await reader.click('Resize')
    await reader.until(
      'six members, all leased',
      ({ members, resizing }) =>
        resizing === '6 now' &&
        members.length === 6 &&
        members.every(({ owner }) => owner !== nobody),
    )
    await picture('resized')
    await expectAgreement()
  })

  test('of two speeds the last that is chosen holds, however long the first is on its way', async () => {
    const { speeds, reader, expectAgreement } = stage()
    const [first, last] = speeds.others
    const late = Promise.withResolvers<void>()
    const holdUp = async (route: Route): Promise<void> => {
      await late.promise
      await route.continue()
    }
    await reader.page.route('**/commands', holdUp, { times: 1 })
    await reader.speed(first)
    await reader.speed(last)
    late.resolve()
    const newestOnTop = [last, first].map(
      (speed) => `replays ${speed.replace(',', '')} flights a second`,
    )
    const { events } = await reader.until('both of them', ({ events }) =>
      newestOnTop.every((each) => events.includes(each)),
    )
    expect(events.filter((each) => newestOnTop.includes(each))).toEqual(newestOnTop)
    await expectAgreement()
  })

  test('what a broken airport gets is parked, and replayed once it is mended', async () => {
    const { reader, expectAgreement, picture } = stage()
    await breakAtlanta(stage())
    await picture('parked')

    await reader.click('Mend ATL')
    await reader.until('nothing broken', ({ broken }) => broken.length === 0)
    await reader.click('replay airport-ATL')
    await reader.until('nothing parked', ({ parked }) => parked.length === 0)
    await expectAgreement()
  })
}

const nobody = 'Leased by no one'

/** Breaks the airport of Atlanta, and holds the replay when something of it is parked. */
export async function breakAtlanta({ speeds, reader }: Stage): Promise<void> {
  await reader.page.getByRole('combobox', { name: 'Airport' }).selectOption('ATL')
  await reader.click('Break it')
  await reader.until('a broken airport', ({ broken }) => broken.length === 1)
  await reader.speed(speeds.steady)
  const { parked } = await reader.until('a parked message', ({ parked }) => parked.length > 0)
  expect(parked).toEqual([{ stream: 'airport-ATL', error: expect.stringContaining('ATL') }])
  await reader.speed('Hold')
}
