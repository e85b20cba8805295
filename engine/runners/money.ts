/**
 * USDC as text, to the cent. The sign is the ASCII hyphen, as in every output of the program, so that a number can be found
 * and read by other programs; what rounds to nothing has none.
 */
export function money(usdc: number): string {
  const text = usdc.toFixed(2)
  return Number(text) === 0 ? '0.00' : text
}

/** As {@link money}, with a plus sign on what is above nothing. */
export function signedMoney(usdc: number): string {
  const text = money(usdc)
  return Number(text) > 0 ? `+${text}` : text
}
