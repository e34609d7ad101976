/** The import as a library: describe data types, fill topics, run the job, compare the target. */

export {
  boolean,
  type Column,
  type Columns,
  date,
  decimal,
  integer,
  text,
  timestamp,
} from './model/column.js'
export {
  entity,
  type Entity,
  type EntityOptions,
  type ForeignKeyOptions,
  type RowOf,
} from './model/entity.js'
export { type Model, model } from './model/model.js'
export { createStatements } from './model/table.js'
export { berka } from './model/berka.js'
export { createOutputTopics, outputTopics } from './output-topics.js'
export {
  createTopics,
  produceDelivery,
  type ProduceDeliveryOptions,
  type ProduceReport,
} from './delivery/produce-delivery.js'
export { importConnections, job } from './job.js'
export type { ImportParams } from './import-params.js'
export { generate, type GenerateOptions, type GenerateReport } from './generate/generate.js'
export { readWaitingTable, type WaitingTable } from './inspect/waiting-table.js'
export { countDependents, explainWait } from './inspect/why.js'
export { compareTarget, type Comparison } from './verify/compare-target.js'
export { PlainLoad } from './verify/plain-load.js'
