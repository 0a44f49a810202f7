import type { Page } from 'playwright-core'

/** Another process of the machine added or removed a network interface. It says nothing of the page. */
const notOurs = 'net::ERR_NETWORK_CHANGED'

/** All that the page should not do: errors on the console, requests that fail or go elsewhere. */
export function collectComplaints(page: Page, origin: string): string[] {
  const complaints: string[] = []
  const complain = (complaint: string): void => {
    if (!complaint.includes(notOurs)) complaints.push(complaint)
  }
  page.on('pageerror', (error) => complain(`threw ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    const bad = message.type() === 'error' || message.type() === 'warning'
    if (bad) complain(`said ${message.type()}: ${message.text()} ${message.location().url}`)
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complain(`asked for ${request.url()}`)
  })
  page.on('requestfailed', (request) => {
    complain(`did not get ${request.url()}: ${request.failure()?.errorText}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complain(`was answered ${response.status()}: ${response.url()}`)
  })
  return complaints
}
