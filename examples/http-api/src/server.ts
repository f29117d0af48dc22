import { serve } from '@hono/node-server'
import { createApp } from './app.js'
import { openDatabase } from './database.js'

// DATABASE_URL=shop.sqlite PORT=3000 node dist/server.js
const database = await openDatabase()
const server = serve({ fetch: createApp(database).fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => server.close(() => void database.close()))
}
