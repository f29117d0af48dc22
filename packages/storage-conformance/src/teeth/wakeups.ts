import type { Tooth } from './tooth.js'

export const wakeupsTeeth: Tooth[] = [
  {
    name: 'changes-hints',
    breaks: 'wakeups.heard',
    caughtBy: ['wakeups/heard'],
    defect: ({ wakeups }) => ({
      wakeups: { listen: (onHint) => wakeups.listen(onHint), send: (hints) => wakeups.send(hints.map((hint) => hint.toLowerCase())) },
    }),
  },
  {
    name: 'goes-on-telling-one-that-ended',
    breaks: 'wakeups.end',
    caughtBy: ['wakeups/ended'],
    defect: ({ wakeups }) => ({
      wakeups: {
        send: (hints) => wakeups.send(hints),
        listen: async (onHint) => {
          await wakeups.listen(onHint)
          return () => Promise.resolve()
        },
      },
    }),
  },
  {
    name: 'fails-when-a-listener-ends-twice',
    breaks: 'wakeups.end',
    caughtBy: ['wakeups/ended'],
    defect: ({ wakeups }) => ({
      wakeups: {
        send: (hints) => wakeups.send(hints),
        listen: async (onHint) => {
          const end = await wakeups.listen(onHint)
          let calls = 0
          return () => (++calls === 2 ? Promise.reject(new Error('not listening')) : end())
        },
      },
    }),
  },
  {
    name: 'stops-at-a-listener-that-throws',
    breaks: 'wakeups.listener',
    caughtBy: ['wakeups/throwing-listener'],
    defect: ({ wakeups }) => {
      const listeners = new Set<(hint: string) => void>()
      const tell = (hint: string): void => {
        try {
          for (const listener of listeners) listener(hint)
        } catch {
          // The rest hears nothing.
        }
      }
      return {
        wakeups: {
          send: (hints) => wakeups.send(hints),
          listen: async (onHint) => {
            listeners.add(onHint)
            return listeners.size === 1 ? wakeups.listen(tell) : () => Promise.resolve()
          },
        },
      }
    },
  },
]
