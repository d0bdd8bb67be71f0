/** The oldest release line that still gets fixes from a distributor. */
export const oldestVersion = '6.2';

/** What Redis says of itself; a text is empty if INFO lacks it. */
export interface ServerInfo {
  readonly version: string;
  /** Whether the version is older than {@link oldestVersion}. */
  readonly isTooOld: boolean;
  /** `standalone`, `cluster` or `sentinel`. */
  readonly mode: string;
  /** `master` or `slave`. */
  readonly role: string;
  readonly maxmemoryPolicy: string;
}

/** @param info what INFO answers: lines of `field:value` */
export function parseServerInfo(info: string): ServerInfo {
  const fields = new Map(
    info.split('\r\n').map((line) => line.split(/:(.*)/s, 2) as [string, string | undefined]),
  );
  const version = fields.get('redis_version') ?? '';
  return {
    version,
    isTooOld: isOlder(version, oldestVersion),
    mode: fields.get('redis_mode') ?? '',
    role: fields.get('role') ?? '',
    maxmemoryPolicy: fields.get('maxmemory_policy') ?? '',
  };
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}
