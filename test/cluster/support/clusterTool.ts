/** The program that starts a cluster of brokers; empty if there is none. */
export const clusterTool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'] ?? '';

/** Appended to the title of a test that needs it: why the test is skipped, or nothing. */
export const skipNote = clusterTool === '' ? ' (skipped: no GAMEMETRICS_TEST_KAFKA_TOOL)' : '';
