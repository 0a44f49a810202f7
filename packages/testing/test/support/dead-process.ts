/** No process has this id: it is beyond the highest that Linux gives. */
export const DEAD_PROCESS: number = 2 ** 22 + 1
