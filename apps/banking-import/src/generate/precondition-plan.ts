/** Customers and few accounts: almost every record is a precondition of others, and has none itself. */
import { integer, text } from '../model/column.js'
import { entity } from '../model/entity.js'
import { type Model, model } from '../model/model.js'
import type { GeneratedModel } from './berka-plan.js'
import { Draw } from './draw.js'

const customer = entity('customer', { id: 'id', columns: { id: integer(), name: text() } })
const account = entity('account', {
  id: 'id',
  foreignKeys: { customerId: 'customer' },
  columns: { id: integer(), customerId: integer(), iban: text() },
})

/** The two types. */
export const preconditions: Model = model([customer, account], { name: 'preconditions' })

/** How many there are; an account belongs to any customer. */
export interface PreconditionScale {
  readonly seed: number
  readonly customers: number
  readonly accounts: number
}

/** The two tables. */
export function preconditionPlan({ seed, customers, accounts }: PreconditionScale): GeneratedModel {
  const draw = new Draw(seed)
  return {
    model: preconditions,
    tables: [
      {
        entity: customer,
        count: customers,
        cells: (index, edition) => ({ id: String(index + 1), name: `Customer ${index + 1}/${edition}` }),
      },
      {
        entity: account,
        count: accounts,
        cells: (index, edition) => ({
          id: String(index + 1),
          customerId: String(draw.at(1).at(index).below(customers) + 1),
          iban: `CZ${draw.at(2).at(index).at(edition).below(1_000_000_000)}`,
        }),
      },
    ],
  }
}
