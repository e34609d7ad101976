/** A part of a report: text, and what its charts show. */
import type { BarChart } from './bar-chart.js'

/** A part of a report. */
export interface Section {
  readonly markdown: readonly string[]
  readonly charts: readonly { readonly file: string; readonly chart: BarChart }[]
}
