// Records a second through the harness, with timers that fire; prints the number.
import { keyedHarness } from 'streamcore/testing'
import { clicksPerMinute } from './clicks-per-minute.mjs'

const records = 300_000
const clicks = Array.from({ length: 1_000 }, (_, n) => ({ user: `user${n}` }))
const harness = keyedHarness(clicksPerMinute, { keyBy: (click) => click.user })
const startedMs = performance.now()
let reported = 0
for (let n = 0; n < records; n++) {
  harness.element(clicks[n % clicks.length], n * 100)
  if (n % 1_000 === 999) for (const { count } of harness.watermark(n * 100)) reported += count
}
for (const { count } of harness.watermark(Number.POSITIVE_INFINITY)) reported += count
if (reported !== records) throw new Error(`${reported} of ${records} clicks were reported`)
console.log(records / ((performance.now() - startedMs) / 1_000))
