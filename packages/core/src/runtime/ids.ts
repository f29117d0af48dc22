import { randomFillSync } from 'node:crypto'

const bytesEach = 8

/** UUIDv7s in ascending order: 48 bits of time, a 12 bit counter within the millisecond, 62 random bits (RFC 9562 §6.2, method 1). */
export class IdSource {
  readonly #random = Buffer.alloc(bytesEach * 512)
  #offset = this.#random.length
  #time = 0
  #counter = 0

  /** `now`: epoch ms. */
  next(now: number): string {
    if (now > this.#time) {
      this.#time = now
      this.#counter = 0
    } else if (++this.#counter > 0xfff) {
      // More than 4,096 in a millisecond, or a clock that went back: borrow from the next millisecond.
      this.#time++
      this.#counter = 0
    }
    if (this.#offset === this.#random.length) {
      randomFillSync(this.#random)
      this.#offset = 0
    }
    const first = this.#random[this.#offset] ?? 0
    this.#random[this.#offset] = (first & 0x3f) | 0x80
    const random = this.#random.toString('hex', this.#offset, this.#offset + bytesEach)
    this.#offset += bytesEach
    const time = this.#time.toString(16).padStart(12, '0')
    const counter = this.#counter.toString(16).padStart(3, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${random.slice(0, 4)}-${random.slice(4)}`
  }
}
