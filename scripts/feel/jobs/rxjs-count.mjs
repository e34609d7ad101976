// What a user of RxJS writes for the running count, as short as it gets.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { from, groupBy, map, mergeMap, scan } from 'rxjs'

const lines = createInterface({ input: createReadStream('events.jsonl') })
from(lines)
  .pipe(
    map((line) => JSON.parse(line)),
    groupBy((event) => event.user),
    mergeMap((events) =>
      events.pipe(
        scan((count) => count + 1, 0),
        map((count) => `${events.key} ${count}`),
      ),
    ),
  )
  .subscribe((line) => console.log(line))
