import * as module from './module.ts'

/** The functions of an order book: `Book.create()`, `Book.set(book, …)`. */
export const Book = module
/** An order book: plain data, see book.ts. */
export type Book = module.Book
export type { BookSide, Level, Levels, OutcomeIndex } from './module.ts'
