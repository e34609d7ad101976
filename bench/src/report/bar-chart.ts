/** A chart of a few bars as SVG, made by Vega without a browser. */
import { type Data, parse, type Spec, View } from 'vega'

/** One bar: an engine's median, with a line from its smallest to its largest value. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly min: number
  readonly max: number
  /** What stands behind the bar. */
  readonly label: string
}

/** A chart. */
export interface BarChart {
  readonly title: string
  /** What the axis counts. */
  readonly unit: string
  readonly bars: readonly Bar[]
}

const ours = 'streamcore'
const colours = { ours: '#1f6feb', others: '#a8b3bf', spread: '#24292f' } as const
const width = 560
const barHeight = 26
/** Room behind the longest bar for its label. */
const labelRoom = 1.25

/** The chart as the text of an SVG file. */
export async function barChartSvg(chart: BarChart): Promise<string> {
  const view = new View(parse(specOf(chart)), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

function specOf({ title, unit, bars }: BarChart): Spec {
  const data: Data = { name: 'bars', values: [...bars] }
  const largest = Math.max(...bars.map(({ max }) => max))
  return {
    width,
    height: bars.length * barHeight,
    padding: 10,
    background: 'white',
    title: { text: title, anchor: 'start', frame: 'group', fontSize: 13, offset: 10 },
    data: [data],
    scales: [
      { name: 'x', type: 'linear', domain: [0, largest * labelRoom], range: 'width', nice: true },
      {
        name: 'y',
        type: 'band',
        domain: bars.map(({ name }) => name),
        range: 'height',
        padding: 0.25,
      },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', title: unit, grid: true, tickCount: 6 },
      { orient: 'left', scale: 'y', domain: false, ticks: false, labelPadding: 6, labelLimit: 220 },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'x', value: 0 },
            x2: { scale: 'x', field: 'value' },
            y: { scale: 'y', field: 'name' },
            height: { scale: 'y', band: 1 },
            fill: [{ test: `datum.name === '${ours}'`, value: colours.ours }, { value: colours.others }],
          },
        },
      },
      {
        type: 'rule',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'min' },
            x2: { scale: 'x', field: 'max' },
            y: { scale: 'y', field: 'name', band: 0.5 },
            stroke: { value: colours.spread },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'max', offset: 5 },
            y: { scale: 'y', field: 'name', band: 0.5 },
            text: { field: 'label' },
            baseline: { value: 'middle' },
            fontSize: { value: 11 },
          },
        },
      },
    ],
  }
}
