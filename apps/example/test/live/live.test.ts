import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageState } from '../../src/live/page-state.ts'
import { type Live, startLive } from '../browser/support/start-live.ts'
import { type LiveClient, openClient } from '../support/live-client.ts'

interface Place extends AsyncDisposable {
  readonly dataDirectory: string
  readonly databaseUrl?: string
}

/** What the page shows, in the order in which one would try it: each test goes on from the last. */
describe.each([
  { backend: 'PGlite', place: pglitePlace },
  { backend: 'PostgreSQL', place: postgresPlace },
])('live on $backend', { timeout: 120_000 }, ({ backend, place }) => {
  let opened: Place
  let live: Live
  let page: LiveClient

  const start = async (speed?: number): Promise<void> => {
    live = await startLive({ ...opened, ...(speed === undefined ? {} : { speed }) })
    page = openClient(live.url)
  }
  beforeAll(async () => {
    opened = await place()
    await start()
  }, 120_000)
  afterAll(async () => {
    await page[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
    await opened[Symbol.asyncDispose]()
  }, 60_000)

  const ok = { status: 204 }
  /** Flights are written, or not: then it comes to rest, and the totals agree. */
  const write = () => page.send({ command: 'set speed', flightsPerSecond: 100 })
  const hold = () => page.send({ command: 'set speed', flightsPerSecond: 0 })
  const running = ({ group }: PageState) =>
    group.processes.filter(({ state }) => state === 'running')
  const isShared = (state: PageState, size: number, processes: number): boolean =>
    state.group.members.length === size &&
    state.group.members.every(({ owner }) => owner !== undefined) &&
    running(state).length === processes &&
    running(state).every(({ members }) => members.length >= Math.floor(size / processes))
  const agrees = ({ totals }: PageState): boolean => totals.state === 'agree'

  test('four processes share the group, and the map fills as the flights are written', async () => {
    const shared = await page.until((state) => isShared(state, 4, 4))
    expect(shared.database).toBe(backend)
    expect(shared.flights).toMatchObject({ inFile: 20_000, speed: 100 })
    const pids = running(shared).map(({ pid }) => pid)
    expect(pids.every((pid) => (backend === 'PGlite' ? pid === undefined : isAlive(pid!)))).toBe(
      true,
    )
    expect(page.airports.size).toBe(223)
    const state = await page.until(({ totals }) => totals.projected.arrivals >= 200)
    expect(state.worst).toHaveLength(10)
    expect(state.group.members.some(({ rate }) => rate > 0)).toBe(true)
    const arrivals = [...page.airports.values()].map((airport) => airport.arrivals)
    expect(arrivals.reduce((sum, each) => sum + each)).toBeGreaterThan(100)
  })

  test('a process that is killed is taken over, and one that is added gets its share', async () => {
    const before = await page.until((state) => isShared(state, 4, 4))
    const victim = running(before).at(-1)!
    expect(await page.send({ command: 'kill process', id: victim.id })).toEqual(ok)
    await page.until(
      ({ group }) => group.processes.find(({ id }) => id === victim.id)?.state === 'killed',
    )
    await page.until((state) => isShared(state, 4, 3))
    if (victim.pid !== undefined) expect(isAlive(victim.pid)).toBe(false)
    expect(await page.send({ command: 'kill process', id: victim.id })).toMatchObject({
      status: 409,
      error: expect.stringContaining(victim.id),
    })

    expect(await page.send({ command: 'add process' })).toEqual(ok)
    const after = await page.until((state) => isShared(state, 4, 4))
    expect(after.events.map(({ text }) => text)).toEqual(
      expect.arrayContaining([`killed ${victim.id}`, 'started process-5']),
    )
    expect(await hold()).toEqual(ok)
    const done = await page.until(agrees)
    expect(done.totals.expected.arrivals).toBe(done.flights.written)
  })

  test.runIf(backend === 'PostgreSQL')(
    'a process that others kill is told of, and taken over',
    async () => {
      const [victim] = running(await page.until((state) => isShared(state, 4, 4)))
      process.kill(victim!.pid!, 'SIGKILL')
      const { events } = await page.until((state) => isShared(state, 4, 3))
      expect(events.map(({ text }) => text)).toContain(`${victim!.id} was ended by SIGKILL`)
      expect(await page.send({ command: 'add process' })).toEqual(ok)
      await page.until((state) => isShared(state, 4, 4))
    },
  )

  test('resized under load it goes on with six members', async () => {
    expect(await write()).toEqual(ok)
    expect(await page.send({ command: 'resize group', size: 6 })).toEqual(ok)
    await page.until((state) => isShared(state, 6, 4))
    expect(await hold()).toEqual(ok)
    await page.until(agrees)
  })

  test('what a broken airport cannot handle is parked, and replayed once it is mended', async () => {
    expect(await page.send({ command: 'break airport', code: 'XXX' })).toMatchObject({
      status: 409,
    })
    expect(await page.send({ command: 'break airport', code: 'ORD' })).toEqual(ok)
    expect(await write()).toEqual(ok)
    const parked = await page.until(({ parked }) => parked.some(({ waiting }) => waiting > 0))
    expect(parked.broken).toEqual(['ORD'])
    expect(parked.parked).toEqual([
      {
        subscriptionId: 'delays',
        stream: 'airport-ORD',
        globalPosition: expect.stringMatching(/^\d+$/),
        type: expect.stringMatching(/^FlightArrived/),
        error: 'BrokenAirportError: ORD is broken',
        attempts: 3,
        waiting: expect.any(Number),
      },
    ])
    expect(parked.totals.state).toBe('behind')
    expect(await hold()).toEqual(ok)

    const replay = {
      command: 'replay parked',
      subscriptionId: 'delays',
      stream: 'airport-ORD',
    } as const
    expect(await page.send(replay)).toEqual({
      status: 409,
      error: expect.stringContaining('ORD is broken'),
    })
    expect(await page.send({ command: 'mend airport', code: 'ORD' })).toEqual(ok)
    expect(await page.send({ command: 'mend airport', code: 'ORD' })).toMatchObject({ status: 409 })
    expect(await page.send(replay)).toEqual(ok)
    await page.until((state) => state.parked.length === 0 && agrees(state))
    expect(await page.send(replay)).toMatchObject({ status: 409 })
  })

  test('paused it stands while flights are written, and resumed it catches up: the totals agree', async () => {
    expect(await page.send({ command: 'pause' })).toEqual(ok)
    const paused = await page.until(
      ({ group }) => group.paused && group.members.every(({ state }) => state === 'paused'),
    )
    expect(await write()).toEqual(ok)
    const later = await page.until(({ flights }) => flights.written > paused.flights.written + 50)
    expect(later.totals.projected).toEqual(paused.totals.projected)
    expect(later.totals.outstanding).toBeGreaterThan(50)

    expect(await hold()).toEqual(ok)
    expect(await page.send({ command: 'resume' })).toEqual(ok)
    const done = await page.until(agrees)
    expect(done.totals.projected).toEqual(done.totals.expected)
    expect(done.totals.expected.arrivals).toBe(done.flights.written)
    expect(done.group.members.every(({ state }) => state === 'live')).toBe(true)
  })

  test('killed as a whole it leaves nothing behind, and goes on when it is started again', async () => {
    expect(await write()).toEqual(ok)
    const before = await page.until(({ totals }) => totals.state === 'behind')
    const pids = running(before).flatMap(({ pid }) => pid ?? [])
    await page[Symbol.asyncDispose]()
    // Resolves when all processes have let go of its output.
    await live.kill()
    expect(pids.filter(isAlive)).toEqual([])

    await start()
    const again = await page.until(
      ({ group }) =>
        group.members.length === 6 &&
        group.members.every(({ owner }) => owner !== undefined && /^process-\d+$/.test(owner)),
    )
    expect(again.flights.written).toBeGreaterThanOrEqual(before.flights.written)
    expect(await hold()).toEqual(ok)
    const done = await page.until((state) => agrees(state) && state.flights.speed === 0)
    expect(done.totals.projected).toEqual(done.totals.expected)
  })

  test('a discarded message is missing in the totals, which say so after a restart too', async () => {
    expect(await page.send({ command: 'break airport', code: 'ATL' })).toEqual(ok)
    expect(await write()).toEqual(ok)
    await page.until(({ parked }) => parked.some(({ waiting }) => waiting > 0))
    expect(await hold()).toEqual(ok)
    expect(await page.send({ command: 'mend airport', code: 'ATL' })).toEqual(ok)
    const [first] = (await page.until(({ broken }) => broken.length === 0)).parked
    const discard = {
      command: 'discard parked',
      subscriptionId: 'delays',
      stream: 'airport-ATL',
      globalPosition: first!.globalPosition,
    } as const
    const other = { ...discard, globalPosition: String(BigInt(first!.globalPosition) + 1n) }
    expect(await page.send(other)).toEqual({
      status: 409,
      error: expect.stringContaining('is not the first now'),
    })
    // Two pages that confirm the same message lose that one alone.
    const answers = await Promise.all([page.send(discard), page.send(discard)])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 409]))
    const done = await page.until(({ totals, parked }) => {
      return parked.length === 0 && totals.state === 'agree'
    })
    expect(done.totals.discarded.arrivals).toBe(1)
    expect(done.totals.projected.arrivals).toBe(done.totals.expected.arrivals - 1)
    expect(await page.send(discard)).toMatchObject({ status: 409 })

    await page[Symbol.asyncDispose]()
    await live.kill()
    await start()
    const again = await page.until(({ totals }) => totals.state === 'agree')
    expect(again.totals.discarded).toEqual(done.totals.discarded)
  })

  test('a replay that is held stays held over a restart, unless --speed says otherwise', async () => {
    const held = await page.until(({ flights }) => flights.speed === 0)
    await page[Symbol.asyncDispose]()
    await live.kill()
    await start(100)
    await page.until(({ flights }) => flights.written > held.flights.written)
    expect((await page.until(() => true)).flights.speed).toBe(100)
  })
})

/** One that nobody has asked about since it ended is no more, though its number is taken still. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout.trim())
}

async function pglitePlace(): Promise<Place> {
  const directory = await mkdtemp(`${tmpdir()}/mdb-example-`)
  return {
    dataDirectory: `${directory}/live`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

async function postgresPlace(): Promise<Place> {
  const server = await startEmbeddedPostgres()
  const { connectionString } = await server.createDatabase()
  return {
    dataDirectory: '',
    databaseUrl: connectionString!,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
