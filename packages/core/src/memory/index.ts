export { MemoryDatabase, MemoryStorage } from './memory-storage.js'
