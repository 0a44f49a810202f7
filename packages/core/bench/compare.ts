/** One way of doing the work: does it once, and says how many messages that were. */
export type Form = () => Promise<number>

export interface CompareOptions {
  /** The form that the others are measured against. */
  readonly against: string
  /** How often each form is measured, in turn with the others. Default is 15. */
  readonly rounds?: number
  /** How often a form runs in one measurement. Default is 10. */
  readonly repeat?: number
  /** Tells the server's processor time, in microseconds. Default is not to show it. */
  readonly serverCpu?: () => Promise<number>
}

/**
 * Measures forms in turn, round after round, so that what the machine does beside hits all alike,
 * and prints messages per second (median) and the ratio to one of them (median and quartiles of the
 * rounds' own ratios; and of the fastest rounds, which the machine disturbed least), and the processor time of a message, in microseconds, on both sides.
 */
export async function compare(
  title: string,
  forms: Readonly<Record<string, Form>>,
  { against, rounds = 15, repeat = 10, serverCpu = async () => Number.NaN }: CompareOptions,
): Promise<void> {
  const rates: Record<string, number[]> = {}
  const client: Record<string, number[]> = {}
  const server: Record<string, number[]> = {}
  for (let round = -1; round < rounds; round++) {
    for (const [name, form] of Object.entries(forms)) {
      const serverBefore = await serverCpu()
      const clientBefore = process.cpuUsage()
      const began = performance.now()
      let messages = 0
      for (let run = 0; run < repeat; run++) messages += await form()
      const rate = messages / ((performance.now() - began) / 1000)
      const { user, system } = process.cpuUsage(clientBefore)
      const onServer = (await serverCpu()) - serverBefore
      // The first round warms up.
      if (round < 0) continue
      ;(rates[name] ??= []).push(rate)
      ;(client[name] ??= []).push((user + system) / messages)
      ;(server[name] ??= []).push(onServer / messages)
    }
  }
  const base = rates[against] ?? []
  console.log(title)
  console.table(
    Object.fromEntries(
      Object.entries(rates).map(([name, measured]) => {
        const ratios = measured.map((rate, round) => rate / (base[round] ?? Number.NaN))
        return [
          name,
          {
            'messages/s': Math.round(quantile(measured, 0.5)),
            [`× ${against}`]: quantile(ratios, 0.5).toFixed(2),
            quartiles: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`,
            undisturbed: (quantile(measured, 0.95) / quantile(base, 0.95)).toFixed(2),
            'client µs': Number(quantile(client[name] ?? [], 0.5).toFixed(2)),
            'server µs': Number(quantile(server[name] ?? [], 0.5).toFixed(2)),
          },
        ]
      }),
    ),
  )
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * q)] ?? Number.NaN
}
