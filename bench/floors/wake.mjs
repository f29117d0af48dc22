import pg from 'pg'

/** The least that wakes another process on PostgreSQL: a row and its NOTIFY in one statement, then LISTEN and one claim there. */
export async function openBareWake(url, prefix) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `create table ${prefix}wake (id bigint generated always as identity primary key, status text not null default 'pending')`,
  )
  return {
    insert: () =>
      client.query({
        name: 'insert',
        text: `with row as (insert into ${prefix}wake default values) select pg_notify('${prefix}wake', '')`,
      }),
    close: async () => {
      await client.query(`drop table ${prefix}wake`)
      await client.end()
    },
  }
}

export async function listenBare(url, prefix, onJob) {
  const [listener, claimer] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
  await Promise.all([listener.connect(), claimer.connect()])
  const claim = `update ${prefix}wake set status = 'running' where id = (select id from ${prefix}wake where status = 'pending' order by id limit 1 for update skip locked) returning id`
  listener.on('notification', () => {
    void claimer.query({ name: 'claim', text: claim }).then(({ rowCount }) => rowCount && onJob())
  })
  await listener.query(`listen ${prefix}wake`)
  return () => Promise.all([listener.end(), claimer.end()])
}
