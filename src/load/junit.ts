/** One check of a load in a test report. */
export interface ReportedCheck {
  readonly name: string;
  /** Why it failed; undefined if it passed. */
  readonly failure: string | undefined;
}

/**
 * A report in JUnit XML for CI systems: one suite with one test case per check.
 * @param seconds the duration of the load
 */
export function junitReport(
  suite: string,
  checks: readonly ReportedCheck[],
  seconds: number,
): string {
  const failures = checks.filter(({ failure }) => failure !== undefined).length;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0" time="${seconds}"`;
  const cases = checks.map(({ name, failure }) => {
    const opening = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="0"`;
    return failure === undefined
      ? `${opening}/>`
      : `${opening}>\n      <failure message="${attribute(failure)}"/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${attribute(suite)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** Escapes text for an attribute; characters that XML does not allow become U+FFFD. */
function attribute(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"\t\n\r]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
