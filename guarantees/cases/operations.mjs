// @ts-check
import { diesWithProcess } from '../reasons.mjs'

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const operations = {
  title: 'Schema, names, operation',
  cases: [
    {
      number: 75,
      first: true,
      says: 'Ten nodes that migrate an empty database at once all succeed, each migration once.',
      shown: { every: ['migrate/race'] },
    },
    {
      number: 76,
      first: true,
      says: 'A migrator that is killed at any moment leaves nothing to be cleared by hand; the next one goes on.',
      shown: { database: ['migrate/killed'] },
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 77,
      first: true,
      says: 'Code older than the schema refuses to start and rewrites nothing; workers of two versions leave each other the jobs they do not know.',
      shown: {
        every: [
          'describe/too-new',
          'migrate/too-new',
          'errors/unmigrated',
          'queue/deploys-schema-too-new',
          'queue/deploys-foreign-head',
          'queue/newer-version',
          'queue/older-version',
        ],
      },
    },
    {
      number: 78,
      says: 'A migration down and up again leaves a whole schema.',
      shown: { every: ['migrate/down-and-up', 'migrate/step-by-step'] },
      weaker: { every: 'there is one version so far; down to 0 removes the jobs' },
    },
    {
      number: 79,
      first: true,
      says: 'Odd names of schemas, prefixes, queues and keys are quoted or refused; filters are values, never patterns or operators.',
      shown: {
        every: ['find-jobs/values', 'find-jobs/values-that-are-objects', 'insert-jobs/odd-keys', 'queue/bad-input'],
        postgres: ['names lives in the schema …', 'options refuses …'],
        mysql: ['options refuse …'],
        sqlite: ['options refuses …'],
        mongo: ['options refuses …'],
      },
      core: ['options names the tables of a prefix, and refuses one that would need escaping or be cut'],
    },
    {
      number: 80,
      says: 'A dashboard shows hostile texts as texts.',
      notApplicable: { every: 'there is no dashboard' },
    },
    {
      number: 81,
      says: 'A role that may not change the schema can run everything; a missing right is told.',
      shown: {
        postgres: ['for a role that may only read and write the tables …'],
        mysql: ['for a user who may only read and write the tables …'],
        mongo: ['for a user who may only read and write the collections …'],
      },
      notApplicable: { sqlite: 'it has no roles', memory: 'it has no roles' },
    },
    {
      number: 82,
      says: 'Two queues in one database under two prefixes do not meet, in jobs, locks or wake-ups.',
      shown: {
        postgres: [
          'names keeps storages of one pool apart by schema and by prefix',
          'wake-ups carry more than one notification holds, and come to their schema and prefix only',
        ],
        mysql: ['prefixes keep storages of one database apart'],
        sqlite: ['prefix keeps two storages in one file apart, and a migration down takes only its own'],
        mongo: ['schema keeps two prefixes in one database apart'],
      },
      notApplicable: { memory: 'each has tables of its own' },
    },
    {
      number: 83,
      says: 'Counts read a bounded number of rows, however many there are.',
      shown: { every: ['count-jobs/bounded', 'count-jobs/just-enough', 'count-jobs/every-dimension'] },
      weaker: { database: 'lists by filters that few of millions of rows meet are not measured' },
    },
    {
      number: 84,
      says: 'A day under load with random kills keeps all of the above; memory, connections and tables do not grow.',
      shown: { database: ['on a bad network mixed: …'] },
      weaker: { database: 'for minutes, see [long runs](#long-runs); a day was not run' },
      notApplicable: { memory: diesWithProcess },
    },
  ],
}
