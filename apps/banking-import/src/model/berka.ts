/** The PKDD'99 financial data of a Czech bank: eight files, eight foreign keys, four levels. No file has a version column. */
import { date, decimal, integer, text, timestamp } from './column.js'
import { entity } from './entity.js'
import { type Model, model } from './model.js'

const delivered = { delimiter: ';', encoding: 'utf-8' }

/** Regions with their statistics; `?` stands for an unknown figure. */
export const district = entity('district', {
  ...delivered,
  file: 'district.asc',
  id: 'A1',
  columns: {
    A1: integer(),
    A2: text(),
    A3: text(),
    A4: integer(),
    A5: integer(),
    A6: integer(),
    A7: integer(),
    A8: integer(),
    A9: integer(),
    A10: decimal(),
    A11: integer(),
    A12: decimal({ nullable: true, nullText: '?' }),
    A13: decimal(),
    A14: integer(),
    A15: integer({ nullable: true, nullText: '?' }),
    A16: integer(),
  },
})

/** People. */
export const client = entity('client', {
  ...delivered,
  file: 'client.asc',
  id: 'client_id',
  foreignKeys: { district_id: 'district' },
  columns: { client_id: integer(), birth_number: text(), district_id: integer() },
})

/** Accounts. */
export const account = entity('account', {
  ...delivered,
  file: 'account.asc',
  id: 'account_id',
  foreignKeys: { district_id: 'district' },
  columns: { account_id: integer(), district_id: integer(), frequency: text(), date: date('YYMMDD') },
})

/** Who may dispose of which account. */
export const disp = entity('disp', {
  ...delivered,
  file: 'disp.asc',
  id: 'disp_id',
  foreignKeys: { client_id: 'client', account_id: 'account' },
  columns: { disp_id: integer(), client_id: integer(), account_id: integer(), type: text() },
})

/** Credit cards, issued to a disposition. */
export const card = entity('card', {
  ...delivered,
  file: 'card.asc',
  id: 'card_id',
  foreignKeys: { disp_id: 'disp' },
  columns: { card_id: integer(), disp_id: integer(), type: text(), issued: timestamp('YYMMDD hh:mm:ss') },
})

/** Loans. */
export const loan = entity('loan', {
  ...delivered,
  file: 'loan.asc',
  id: 'loan_id',
  foreignKeys: { account_id: 'account' },
  columns: {
    loan_id: integer(),
    account_id: integer(),
    date: date('YYMMDD'),
    amount: decimal(),
    duration: integer(),
    payments: decimal(),
    status: text(),
  },
})

/** Permanent orders. The table is called `payment_order`, because `order` is a word of SQL. */
export const order = entity('order', {
  ...delivered,
  file: 'order.asc',
  table: 'payment_order',
  id: 'order_id',
  foreignKeys: { account_id: 'account' },
  columns: {
    order_id: integer(),
    account_id: integer(),
    bank_to: text(),
    account_to: text(),
    amount: decimal(),
    k_symbol: text(),
  },
})

/** Movements. */
export const trans = entity('trans', {
  ...delivered,
  file: 'trans.asc',
  id: 'trans_id',
  foreignKeys: { account_id: 'account' },
  columns: {
    trans_id: integer(),
    account_id: integer(),
    date: date('YYMMDD'),
    type: text(),
    operation: text(),
    amount: decimal(),
    balance: decimal(),
    k_symbol: text(),
    bank: text(),
    account: text(),
  },
})

/** All of it. */
export const berka: Model = model([district, client, account, disp, card, loan, order, trans], {
  name: 'berka',
})
