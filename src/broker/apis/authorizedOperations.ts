/** Where a response has room for what the client may do: that it was not worked out. */
export const operationsNotAsked = -(2 ** 31);
