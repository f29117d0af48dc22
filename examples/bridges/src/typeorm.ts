import type { Enqueued, JobQueue } from '@dbjobq/core'
import { EntitySchema, type DataSource } from 'typeorm'
import { refuseEmpty, sendWelcome, type Order } from './shop.js'

// eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- how TypeORM wants it
export const orders = new EntitySchema<Order>({
  name: 'Order',
  tableName: 'bridges_orders',
  columns: { id: { type: 'varchar', primary: true }, email: { type: 'varchar' }, total: { type: 'int' } },
})

/**
 * The query runner of a transaction hands out the connection of the driver, typed `any`: a client of pg, a connection of mysql2, a
 * better-sqlite3 database. TypeORM gives it back.
 */
export function placeOrder<Tx>(dataSource: DataSource, queue: JobQueue<Tx>, order: Order): Promise<Enqueued> {
  return dataSource.transaction(async (manager) => {
    const tx = (await manager.queryRunner?.connect()) as Tx
    const job = await queue.enqueue(sendWelcome, { email: order.email }, { tx, unique: { key: order.email } })
    await manager.insert(orders, order)
    refuseEmpty(order)
    return job
  })
}

/**
 * On SQLite a data source has one connection and one query runner for all: transactions that run at the same time become savepoints of
 * each other, with or without jobs. So they take turns.
 */
export function inTurns<Arguments extends unknown[], T>(work: (...args: Arguments) => Promise<T>): (...args: Arguments) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (...args) => {
    const turn = last.then(() => work(...args))
    last = turn.catch(() => undefined)
    return turn
  }
}
