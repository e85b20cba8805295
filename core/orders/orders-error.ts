/** A transition that cannot be, or a table that is full. `order` is the order's number. */
export class OrdersError extends Error {
  readonly code: string
  readonly order: number
  constructor(code: string, order: number, message: string) {
    super(`order ${order}: ${message}`)
    this.name = 'Orders.OrdersError'
    this.code = code
    this.order = order
  }
}
