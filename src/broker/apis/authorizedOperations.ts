/** Where a response has room for what the client may do: that it was not worked out. */
export const OPERATIONS_NOT_ASKED = -(2 ** 31);
