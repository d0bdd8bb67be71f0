/** The value of an authorized-operations field that the broker did not compute. */
export const authorizedOperationsOmitted = -(2 ** 31);
