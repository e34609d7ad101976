/** The public table of contents of the banking import: describe a model, run the import, look at what came of it. */

export { type DeliveryItem } from './delivery/delivery-file.js'
export { completeDeliveries, type CompleteDelivery } from './delivery/delivery-mark.js'
export {
  createTopics,
  produceDelivery,
  type ProduceDeliveryOptions,
  type ProduceReport,
} from './delivery/produce-delivery.js'
export { readDelivery, type ReadDeliveryOptions, strangeFiles } from './delivery/read-delivery.js'
export { generate, type GenerateOptions, type GenerateReport } from './generate/generate.js'
export type { Trouble } from './generate/write-deliveries.js'
export { defaultParams, type ImportParams, parseImportParams } from './import-params.js'
export { importConnections, job } from './job.js'
export { berka } from './model/berka.js'
export {
  boolean,
  type Column,
  type Columns,
  date,
  type DateFormat,
  decimal,
  integer,
  text,
  timestamp,
  type TimestampFormat,
} from './model/column.js'
export {
  entity,
  type Entity,
  type EntityOptions,
  type ForeignKeyOptions,
  type RowOf,
} from './model/entity.js'
export { explainModel } from './model/explain-model.js'
export { type Model, model, parseModel } from './model/model.js'
export { type ModelGraph, modelGraph, type Stage } from './model/model-graph.js'
export { createStatements, tablesOf } from './model/table.js'
export type { AuditEvent, Fate } from './operators/audit-event.js'
export type { MissingParent, WaitingEvent } from './operators/waiting-event.js'
export { createOutputTopics, type OutputTopics, outputTopics } from './output-topics.js'
export { compareTarget, type Comparison, type Difference } from './verify/compare-target.js'
export { PlainLoad, type PlainLoadResult } from './verify/plain-load.js'
