/** Rows that look like the data of the Czech bank, at any scale. */
import { account, berka, card, client, disp, district, loan, order, trans } from '../model/berka.js'
import type { Model } from '../model/model.js'
import { Draw } from './draw.js'
import type { Cells, TablePlan } from './table-plan.js'

/** How much is generated; scale 1 is about as much as the original without its movements. */
export interface BerkaScale {
  readonly seed: number
  readonly scale: number
  /** Movements per account. */
  readonly movementsPerAccount: number
}

/** A model with what is generated for it. */
export interface GeneratedModel {
  readonly model: Model
  readonly tables: readonly TablePlan[]
}

const original = { districts: 77, clients: 5_369, accounts: 4_500, cards: 892, loans: 682, orders: 6_471 }

const regions = ['Prague', 'central Bohemia', 'north Moravia', 'west Bohemia', 'south Moravia'] as const
const frequencies = ['POPLATEK MESICNE', 'POPLATEK TYDNE', 'POPLATEK PO OBRATU'] as const
const symbols = ['SIPO', 'UVER', 'POJISTNE', 'LEASING', ' '] as const
const banks = ['AB', 'CD', 'EF', 'GH', 'IJ', 'KL', 'MN', 'OP', 'QR', 'ST', 'UV', 'WX', 'YZ'] as const

/** The eight tables. */
export function berkaPlan({ seed, scale, movementsPerAccount }: BerkaScale): GeneratedModel {
  const draw = new Draw(seed)
  const scaled = (count: number) => Math.max(1, Math.round(count * scale))
  const districts = original.districts
  const clients = scaled(original.clients)
  const accounts = Math.min(clients, scaled(original.accounts))
  const plans: readonly TablePlan[] = [
    {
      entity: district,
      count: districts,
      cells: (index, edition) => districtCells(draw.at(1).at(index), index, edition),
    },
    {
      entity: client,
      count: clients,
      cells: (index, edition) => clientCells(draw.at(2).at(index), index, edition),
    },
    {
      entity: account,
      count: accounts,
      cells: (index, edition) => accountCells(draw.at(3).at(index), index, edition),
    },
    {
      entity: disp,
      count: clients,
      cells: (index, edition) => dispCells(draw.at(4).at(index), index, { edition, accounts }),
    },
    {
      entity: card,
      count: Math.min(clients, scaled(original.cards)),
      cells: (index, edition) => cardCells(draw.at(5).at(index), index, { edition, disps: clients }),
    },
    {
      entity: loan,
      count: scaled(original.loans),
      cells: (index, edition) => loanCells(draw.at(6).at(index), index, { edition, accounts }),
    },
    {
      entity: order,
      count: scaled(original.orders),
      cells: (index, edition) => orderCells(draw.at(7).at(index), index, { edition, accounts }),
    },
    {
      entity: trans,
      count: accounts * movementsPerAccount,
      cells: (index, edition) => transCells(draw.at(8).at(index), index, { edition, accounts }),
    },
  ]
  return { model: berka, tables: plans }
}

function districtCells(draw: Draw, index: number, edition: number): Cells {
  const figures = Object.fromEntries(
    [4, 5, 6, 7, 8, 9, 11, 14, 16].map((column) => [
      `A${column}`,
      String(draw.at(column).at(edition).below(9_000) + 1),
    ]),
  )
  return {
    A1: String(index + 1),
    A2: `Town ${index + 1}`,
    A3: draw.at(3).of(regions),
    ...figures,
    A10: amount(draw.at(10), 100),
    A12: draw.at(12).float() < 0.02 ? '?' : amount(draw.at(12), 9),
    A13: amount(draw.at(13), 9),
    A15: draw.at(15).float() < 0.02 ? '?' : String(draw.at(15).below(20_000)),
  }
}

function clientCells(draw: Draw, index: number, edition: number): Cells {
  const woman = draw.at(1).below(2) * 50
  const birth = `${pad(20 + draw.at(2).below(68))}${pad(1 + draw.at(3).below(12) + woman)}${pad(1 + draw.at(4).below(28))}`
  return { client_id: String(index + 1), birth_number: birth, district_id: districtId(draw, edition) }
}

function accountCells(draw: Draw, index: number, edition: number): Cells {
  return {
    account_id: String(index + 1),
    district_id: districtId(draw, edition),
    frequency: draw.at(2).at(edition).of(frequencies),
    date: day(draw.at(3)),
  }
}

// The first client of an account owns it; the others may dispose of some account.
function dispCells(
  draw: Draw,
  index: number,
  { edition, accounts }: { readonly edition: number; readonly accounts: number },
): Cells {
  const isOwner = index < accounts
  return {
    disp_id: String(index + 1),
    client_id: String(index + 1),
    account_id: String(isOwner ? index + 1 : draw.at(edition).below(accounts) + 1),
    type: isOwner ? 'OWNER' : 'DISPONENT',
  }
}

function cardCells(
  draw: Draw,
  index: number,
  { edition, disps }: { readonly edition: number; readonly disps: number },
): Cells {
  return {
    card_id: String(index + 1),
    disp_id: String(draw.at(1).below(disps) + 1),
    type: draw.at(2).at(edition).of(['classic', 'junior', 'gold']),
    issued: `${day(draw.at(3))} 00:00:00`,
  }
}

interface OfAccount {
  readonly edition: number
  readonly accounts: number
}

function loanCells(draw: Draw, index: number, { edition, accounts }: OfAccount): Cells {
  const months = draw.at(1).of([12, 24, 36, 48, 60])
  const payment = 500 + draw.at(2).below(8_000)
  return {
    loan_id: String(index + 1),
    account_id: String(draw.at(3).below(accounts) + 1),
    date: day(draw.at(4)),
    amount: String(payment * months),
    duration: String(months),
    payments: `${payment}.00`,
    status: draw.at(5).at(edition).of(['A', 'B', 'C', 'D']),
  }
}

function orderCells(draw: Draw, index: number, { edition, accounts }: OfAccount): Cells {
  return {
    order_id: String(index + 1),
    account_id: String(draw.at(1).at(edition).below(accounts) + 1),
    bank_to: draw.at(2).of(banks),
    account_to: String(10_000_000 + draw.at(3).below(89_999_999)),
    amount: amount(draw.at(4).at(edition), 15_000),
    k_symbol: draw.at(5).of(symbols),
  }
}

function transCells(draw: Draw, index: number, { edition, accounts }: OfAccount): Cells {
  const isDeposit = draw.at(1).below(2) === 0
  return {
    trans_id: String(index + 1),
    account_id: String((index % accounts) + 1),
    date: day(draw.at(2)),
    type: isDeposit ? 'PRIJEM' : 'VYDAJ',
    operation: isDeposit ? 'VKLAD' : 'VYBER',
    amount: amount(draw.at(3), 20_000),
    balance: amount(draw.at(4).at(edition), 90_000),
    k_symbol: '',
    bank: isDeposit ? '' : draw.at(5).of(banks),
    account: isDeposit ? '' : String(draw.at(6).below(99_999_999)),
  }
}

function districtId(draw: Draw, edition: number): string {
  return String(draw.at(99).at(edition).below(original.districts) + 1)
}

function day(draw: Draw): string {
  return `${93 + draw.at(1).below(6)}${pad(1 + draw.at(2).below(12))}${pad(1 + draw.at(3).below(28))}`
}

function amount(draw: Draw, bound: number): string {
  return `${draw.below(bound)}.${pad(draw.at(1).below(100))}`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
