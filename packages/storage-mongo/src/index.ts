export { MongoStorage } from './mongo-storage.js'
export type { MongoStorageOptions } from './options.js'
