import { errorMessage } from '../error-code.ts'

/** A scenario went wrong before what it tests had begun. Its `cause` is what went wrong. */
export class ScenarioSetUpError extends Error {
  readonly code = 'SCENARIO_SET_UP_FAILED'
  override readonly name = 'ScenarioSetUpError'

  constructor(cause: unknown) {
    super(
      'The scenario could not be set up, so what it tests did not run: ' +
        `${errorMessage(cause) || String(cause)} Mend what is given, or handed over.`,
      { cause },
    )
  }
}
