import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Mode } from './mode.ts'

export interface GroupOptions {
  readonly connectionString: string
  readonly size: number
  /** Milliseconds. */
  readonly lease: number
  readonly mode: Mode
  /** Milliseconds by which the clock of a process is off. */
  readonly skewOf: (process: number) => number
  /** Told when a process ends that nobody has ended. */
  readonly onDied: (name: string, output: string) => void
}

interface Member {
  readonly name: string
  readonly child: ChildProcess
  /** Whether its end is wanted. */
  ending: boolean
  standing: boolean
}

/** The processes of a group, and what is done to them. */
export class Group {
  readonly events = new Map<string, number>()
  readonly #options: GroupOptions
  readonly #members = new Map<string, Member>()
  #count = 0

  constructor(options: GroupOptions) {
    this.#options = options
  }

  start(): void {
    const { connectionString, size, lease, mode, skewOf, onDied } = this.#options
    const number = (this.#count += 1)
    const name = `process ${number}`
    const script = join(import.meta.dirname, 'process.ts')
    const args = [connectionString, name, size, lease, mode, skewOf(number)].map(String)
    const child = spawn(process.execPath, ['--conditions=@mdb/source', script, ...args])
    const member: Member = { name, child, ending: false, standing: false }
    this.#members.set(name, member)
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#note(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.on('exit', (code) => {
      this.#members.delete(name)
      if (!member.ending || (code !== 0 && code !== null)) onDied(name, errors)
    })
  }

  kill(which: number): void {
    const member = this.#pick(which)
    member.ending = true
    member.child.kill('SIGKILL')
  }

  leave(which: number): void {
    const member = this.#pick(which)
    member.ending = true
    member.child.kill('SIGTERM')
    member.child.kill('SIGCONT')
  }

  standStill(which: number): () => void {
    const member = this.#pick(which)
    member.child.kill('SIGSTOP')
    return () => void member.child.kill('SIGCONT')
  }

  async leaveAll(): Promise<void> {
    const members = [...this.#members.values()]
    const ended = members.map(async ({ child }) => once(child, 'exit'))
    for (const member of members) {
      member.ending = true
      member.child.kill('SIGCONT')
      member.child.kill('SIGTERM')
    }
    await Promise.all(ended)
  }

  killAll(): void {
    for (const member of this.#members.values()) {
      member.ending = true
      member.child.kill('SIGKILL')
    }
  }

  #pick(which: number): Member {
    const members = [...this.#members.values()].filter(({ ending }) => !ending)
    return members[which % members.length] as Member
  }

  #note(text: string): void {
    for (const type of text.split('\n')) {
      if (type !== '') this.events.set(type, (this.events.get(type) ?? 0) + 1)
    }
  }
}
