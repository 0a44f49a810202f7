import type { AirportState, Command, PageState } from '../../src/live/page-state.ts'

/** What a page has been told, and may ask, without a browser. */
export interface LiveClient extends AsyncDisposable {
  readonly airports: ReadonlyMap<string, AirportState>
  /** The newest state of which it holds; waits for one. */
  until(holds: (state: PageState) => boolean): Promise<PageState>
  /** The status of the answer, and what it said is wrong. */
  send(command: Command): Promise<{ readonly status: number; readonly error?: string }>
}

export function openClient(url: string): LiveClient {
  const hangUp = new AbortController()
  const airports = new Map<string, AirportState>()
  let state: PageState | undefined
  let told = Promise.withResolvers<void>()

  const listen = async (): Promise<void> => {
    for await (const { event, data } of readEvents(`${url}events`, hangUp.signal)) {
      if (event === 'state') state = JSON.parse(data) as PageState
      else for (const each of JSON.parse(data) as AirportState[]) airports.set(each.code, each)
      told.resolve()
      told = Promise.withResolvers()
    }
    throw new Error('The server hung up')
  }
  const listening = listen()
  listening.catch(() => undefined)

  return {
    airports,
    async until(holds) {
      for (;;) {
        if (state !== undefined && holds(state)) return state
        await Promise.race([told.promise, listening])
      }
    },
    async send(command) {
      const response = await fetch(`${url}commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(command),
      })
      const { status } = response
      return status === 204 ? { status } : { status, ...((await response.json()) as object) }
    },
    async [Symbol.asyncDispose]() {
      hangUp.abort()
      await listening.catch(() => undefined)
    },
  }
}

interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

async function* readEvents(url: string, signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
  const { body } = await fetch(url, { signal })
  let text = ''
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    const parts = `${text}${chunk}`.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? []
      yield { event, data }
    }
  }
}
