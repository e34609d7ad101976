/** NEXMark with the constants of Apache Beam: of 50 events 1 is a person, 3 are auctions, 46 are bids. */
import { baseMs, mix, pick, seed } from './mixing.js'
import { poolText } from './text-pool.js'

/** Somebody who may sell and bid. */
export interface Person {
  readonly kind: 'person'
  readonly id: number
  readonly name: string
  readonly email: string
  readonly creditCard: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
  readonly extra: string
}

/** An item for sale. */
export interface Auction {
  readonly kind: 'auction'
  readonly id: number
  readonly itemName: string
  readonly description: string
  readonly initialBid: number
  readonly reserve: number
  readonly dateTime: number
  readonly expires: number
  readonly seller: number
  readonly category: number
  readonly extra: string
}

/** An offer for an item. */
export interface Bid {
  readonly kind: 'bid'
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly dateTime: number
  readonly extra: string
}

/** What the source emits. */
export type NexmarkEvent = Person | Auction | Bid

const round = 50
const persons = 1
const auctions = 3
const firstId = 1_000
const firstCategory = 10
const categories = 5
const hotEvery = 100
const activePersons = 1_000
const openAuctions = 100
/** References may run ahead of what exists by so many. */
const lead = 10
const eventsPerMs = 10
const openEvents = Math.floor((openAuctions * round) / auctions)
const states = 'AZ,CA,ID,OR,WA,WY'.split(',')
const cities = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(
  ',',
)
const firstNames = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',')
const lastNames = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',')
/** From 1 to 1,000,000 dollars in cents; a table, so that every language agrees to the last unit. */
const prices = Int32Array.from({ length: 4_096 }, (_, index) => Math.round(10 ** ((index * 6) / 4_096) * 100))

/** Event number `index`. Its random numbers are drawn in one fixed order, from its number alone. */
export function nexmarkEventAt(index: number): NexmarkEvent {
  const place = index % round
  const hash = mix(index ^ seed)
  const start = hash === 0 ? 1 : hash
  if (place >= persons + auctions) return bidAt(index, start)
  return place >= persons ? auctionAt(index, start) : personAt(index, start)
}

function bidAt(index: number, start: number): Bid {
  const hotAuction = next(start)
  const auction = next(hotAuction)
  const hotBidder = next(auction)
  const bidder = next(hotBidder)
  const price = next(bidder)
  return {
    kind: 'bid',
    auction: firstId + (pick(hotAuction, 2) > 0 ? hot(lastAuction(index)) : anyAuction(index, auction)),
    bidder: firstId + (pick(hotBidder, 4) > 0 ? hot(lastPerson(index)) + 1 : anyPerson(index, bidder)),
    price: priceOf(price),
    dateTime: timeOf(index),
    extra: extraText(next(price), 32, 100),
  }
}

function auctionAt(index: number, start: number): Auction {
  const hotSeller = next(start)
  const seller = next(hotSeller)
  const category = next(seller)
  const opening = next(category)
  const reserve = next(opening)
  const expiry = next(reserve)
  const naming = next(expiry)
  const describing = next(naming)
  const initialBid = priceOf(opening)
  const dateTime = timeOf(index)
  const openMs = timeOf(index + openEvents) - dateTime
  const itemName = poolText(naming, 3 + pick(mix(naming), 17))
  const description = poolText(describing, 3 + pick(mix(describing), 97))
  return {
    kind: 'auction',
    id: firstId + lastAuction(index),
    itemName,
    description,
    initialBid,
    reserve: initialBid + priceOf(reserve),
    dateTime,
    expires: dateTime + 1 + pick(expiry, Math.max(openMs * 2, 1)),
    seller: firstId + (pick(hotSeller, 4) > 0 ? hot(lastPerson(index)) : anyPerson(index, seller)),
    category: firstCategory + pick(category, categories),
    extra: extraText(next(describing), 48 + itemName.length + description.length, 500),
  }
}

function personAt(index: number, start: number): Person {
  const firstName = next(start)
  const lastName = next(firstName)
  const mailbox = next(lastName)
  const host = next(mailbox)
  const [card1, card2, card3, card4] = fourDraws(host)
  const city = next(card4)
  const state = next(city)
  const name = `${chosen(firstNames, firstName)} ${chosen(lastNames, lastName)}`
  const email = `${poolText(mailbox, 7)}@${poolText(host, 5)}.com`
  const creditCard = `${fourDigits(card1)} ${fourDigits(card2)} ${fourDigits(card3)} ${fourDigits(card4)}`
  const cityName = chosen(cities, city)
  const stateName = chosen(states, state)
  const lengths = name.length + email.length + creditCard.length + cityName.length + stateName.length
  return {
    kind: 'person',
    id: firstId + lastPerson(index),
    name,
    email,
    creditCard,
    city: cityName,
    state: stateName,
    dateTime: timeOf(index),
    extra: extraText(next(state), 8 + lengths, 200),
  }
}

/** The next random number (xorshift). */
function next(state: number): number {
  let value = state
  value ^= value << 13
  value ^= value >>> 17
  value ^= value << 5
  return value
}

function fourDraws(state: number): readonly [number, number, number, number] {
  const first = next(state)
  const second = next(first)
  const third = next(second)
  return [first, second, third, next(third)]
}

function timeOf(index: number): number {
  return baseMs + Math.floor(index / eventsPerMs)
}

function lastPerson(index: number): number {
  return Math.floor(index / round)
}

function lastAuction(index: number): number {
  const place = index % round
  const before = Math.floor(index / round) * auctions
  return place < persons ? before - 1 : before + Math.min(place - persons, auctions - 1)
}

/** The one that many refer to for a while. */
function hot(last: number): number {
  return Math.floor(last / hotEvery) * hotEvery
}

function anyPerson(index: number, draw: number): number {
  const count = lastPerson(index) + 1
  const active = Math.min(count, activePersons)
  return count - active + pick(draw, active + lead)
}

function anyAuction(index: number, draw: number): number {
  const last = lastAuction(index)
  const first = Math.max(last - openAuctions, 0)
  return first + pick(draw, Math.max(last - first + 1 + lead, 1))
}

/** Filler up to the usual size of such an event, a fifth more or less. */
function extraText(draw: number, size: number, usualSize: number): string {
  if (size > usualSize) return ''
  const wanted = usualSize - size
  const fifth = Math.round(wanted * 0.2)
  return poolText(mix(draw), wanted - fifth + (fifth === 0 ? 0 : pick(draw, 2 * fifth)))
}

function priceOf(draw: number): number {
  return prices[draw >>> 20] ?? 0
}

function chosen(names: readonly string[], draw: number): string {
  return names[pick(draw, names.length)] ?? ''
}

function fourDigits(draw: number): string {
  return String(pick(draw, 10_000)).padStart(4, '0')
}
