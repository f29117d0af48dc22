import { setTimeout as pause } from 'node:timers/promises'

/** Stands for a mail service: it takes a while, and fails at times. */
export async function sendMail(to: string, subject: string, signal: AbortSignal): Promise<string> {
  await pause(20, undefined, { signal })
  if (Math.random() < 0.2) throw new Error(`The mail service did not take "${subject}".`)
  return `<${subject.split(' ').at(-1) ?? ''}.${to}>`
}
