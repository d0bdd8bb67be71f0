/** The program that starts a cluster of brokers; empty where there is none. */
export const clusterTool = process.env['GAMEMETRICS_TEST_KAFKA_TOOL'] ?? '';

/** The end of the title of a test that needs it: why the test is skipped, where it is. */
export const skipNote = clusterTool === '' ? ' (skipped: no GAMEMETRICS_TEST_KAFKA_TOOL)' : '';
