import { showing, type Tooth } from './tooth.js'

export const readingTeeth: Tooth[] = [
  {
    name: 'counts-the-first-rows-only-then-filters',
    breaks: 'count.bounded',
    caughtBy: ['count-jobs/bounded-by-matches'],
    defect: (intact, { jobs }) => ({
      countJobs: (by, request) => {
        const read = new Set([...jobs.values()].slice(0, request.scanLimit))
        return showing(
          jobs,
          (job) => read.has(job),
          () => intact.countJobs(by, request),
        )
      },
    }),
  },
  {
    name: 'filter-as-pattern',
    breaks: 'find.values',
    caughtBy: ['find-jobs/values'],
    defect: (intact) => ({
      findJobs: async (filter, page) => {
        const { queue, ...rest } = filter
        if (!queue) return intact.findJobs(filter, page)
        const pattern = new RegExp(
          `^(${queue
            .map((text) =>
              text
                .replaceAll(/[^a-zA-Z%_]/g, '.')
                .replaceAll('%', '.*')
                .replaceAll('_', '.'),
            )
            .join('|')})$`,
        )
        return (await intact.findJobs(rest, page)).filter((row) => pattern.test(row.queue))
      },
    }),
  },
  {
    name: 'compares-group-keys-case-insensitively',
    breaks: 'find.values',
    caughtBy: ['find-jobs/values', 'model/random-steps'],
    defect: (intact) => ({
      findJobs: async (filter, page) => {
        const { groupKey, ...rest } = filter
        const rows = await intact.findJobs(rest, page)
        return groupKey === undefined ? rows : rows.filter((row) => row.groupKey?.toLowerCase() === groupKey.toLowerCase())
      },
    }),
  },
  {
    name: 'empty-list-matches-all',
    breaks: 'find.filters',
    caughtBy: ['find-jobs/empty-lists', 'model/random-steps'],
    defect: (intact) => ({
      findJobs: (filter, page) => {
        const given = Object.entries(filter).filter(([, value]) => !Array.isArray(value) || value.length > 0)
        return intact.findJobs(Object.fromEntries(given), page)
      },
    }),
  },
  {
    name: 'finds-by-any-field',
    breaks: 'find.filters',
    caughtBy: ['find-jobs/filters', 'model/random-steps'],
    defect: (intact) => ({
      findJobs: async (filter, page) => {
        const fields = Object.entries(filter).map(([name, value]) => ({ [name]: value as unknown }))
        if (fields.length < 2) return intact.findJobs(filter, page)
        const found = (await Promise.all(fields.map((field) => intact.findJobs(field, page)))).flat()
        return [...new Map(found.map((row) => [row.id, row])).values()]
      },
    }),
  },
  {
    name: 'repeats-the-last-of-the-page-before',
    breaks: 'find.paging',
    caughtBy: ['find-jobs/paging', 'model/random-steps'],
    defect: (intact) => ({
      findJobs: async (filter, page) => {
        // With a limit of 1 nobody would ever get further.
        const last =
          page.after === undefined || page.limit === 1 ? [] : await intact.findJobs({ ...filter, ids: [page.after] }, { limit: 1 })
        return [...last, ...(await intact.findJobs(filter, page))].slice(0, page.limit)
      },
    }),
  },
  {
    name: 'newest-last-on-every-page',
    breaks: 'find.paging',
    caughtBy: ['find-jobs/paging', 'model/random-steps'],
    defect: (intact) => ({
      findJobs: async (filter, page) => {
        const rows = await intact.findJobs(filter, page)
        return page.order === 'newest' ? rows.reverse() : rows
      },
    }),
  },
  {
    name: 'counts-all-whatever-the-filter',
    breaks: 'count.exact',
    caughtBy: ['count-jobs/filtered', 'model/random-steps'],
    defect: (intact) => ({ countJobs: (by, { scanLimit }) => intact.countJobs(by, { scanLimit }) }),
  },
  {
    name: 'oldest-run-at-of-the-last-row',
    breaks: 'count.exact',
    caughtBy: ['count-jobs/every-dimension', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      countJobs: async (by, request) => {
        const { counts, complete } = await intact.countJobs(by, request)
        const newest = Math.max(...[...jobs.values()].map((job) => job.runAt))
        return { counts: counts.map((count) => ({ ...count, oldestRunAt: newest })), complete }
      },
    }),
  },
  {
    name: 'counts-without-a-bound',
    breaks: 'count.bounded',
    caughtBy: ['count-jobs/bounded'],
    defect: (intact) => ({ countJobs: (by, request) => intact.countJobs(by, { ...request, scanLimit: Infinity }) }),
  },
  {
    name: 'complete-beyond-the-bound',
    breaks: 'count.bounded',
    caughtBy: ['count-jobs/bounded', 'model/random-steps'],
    defect: (intact) => ({ countJobs: async (by, request) => ({ ...(await intact.countJobs(by, request)), complete: true }) }),
  },
]
