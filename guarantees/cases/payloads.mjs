// @ts-check

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const payloads = {
  title: 'Data, results, errors, names',
  cases: [
    {
      number: 53,
      first: true,
      says: 'NUL, lone surrogates, emoji, right-to-left and other odd texts come back unchanged from data, progress and result.',
      shown: { every: ['insert-jobs/odd-texts', 'settle-jobs/odd-texts', 'queue/payload-round-trip'] },
      core: ['the codec brings every JSON value back the same', 'the codec writes only printable escapes for NUL and lone surrogates'],
    },
    {
      number: 54,
      first: true,
      says: 'What JSON would drop or change (Date, BigInt, NaN, Map, Buffer, Error, cycles, instances) is refused when it is enqueued, and as a result.',
      shown: { every: ['queue/bad-input', 'queue/bad-result'] },
    },
    {
      number: 55,
      first: true,
      says: 'Data up to 1 MiB is kept, more is refused before the driver sees it. A result that is too large fails its job for good, an error that is too long is cut; the worker goes on.',
      shown: {
        every: [
          'queue/payload-limits',
          'queue/bad-input',
          'queue/payload-too-large',
          'queue/odd-throws',
          'insert-jobs/largest-call',
          'settle-jobs/mebibyte',
        ],
      },
    },
    {
      number: 56,
      first: true,
      says: 'Keys such as `__proto__` are data, are refused among options, and change no prototype.',
      shown: { every: ['queue/payload-prototype', 'queue/payload-limits'] },
    },
    {
      number: 57,
      first: true,
      says: 'A job that cannot be read fails for good, one of an unknown type is given back; those beside it run.',
      shown: { every: ['queue/undecodable', 'queue/foreign-types', 'queue/newer-version'] },
    },
    {
      number: 58,
      says: 'Whatever a handler throws is kept, cut to 8 KiB: null, a text, an object that throws when it is looked at, a long message.',
      shown: { every: ['queue/odd-throws'] },
    },
    {
      number: 59,
      says: 'Ids are texts (UUIDv7) throughout, so no sequence runs out and no number loses digits.',
      shown: { every: ['insert-jobs/whole-row', 'insert-jobs/numbers'] },
      core: ['ids are UUIDv7s in ascending order, also with a clock that stands still or goes back'],
    },
    {
      number: 60,
      says: 'Names that differ in case or at their end are different names; others than ASCII are refused.',
      shown: {
        every: ['insert-jobs/odd-names', 'claim-jobs/odd-names', 'queue/bad-input'],
        mysql: ['queues whose names differ in case only are looked into each for itself'],
      },
    },
  ],
}
