/** A question that got no answer; `field` is its name. */
export class RequestError extends Error {
  readonly code: string
  readonly field: string
  constructor(code: string, field: string, message: string) {
    super(message)
    this.name = 'Requester.RequestError'
    this.code = code
    this.field = field
  }
}
