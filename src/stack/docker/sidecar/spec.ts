import type { DockerServer } from '../images.js';

/** How a server's container is made: all that it depends on. */
export interface ContainerSpec {
  readonly server: DockerServer;
  readonly image: string;
  /** Also the name of its volume. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where its port is reached. */
  readonly host: string;
  readonly port: number;
  /** The address that the engine publishes it on; empty: all of its machine's. */
  readonly publishOn: string;
}

/** The role and the database of the pipeline; as public as the address that they are reached at. */
export const postgresAccount = {
  database: 'gamemetrics',
  user: 'gamemetrics',
  password: 'gamemetrics',
} as const;

/** What a keeper is told. */
export interface KeeperSpec extends ContainerSpec {
  /** Leave the container running when asked to stop; the next keeper takes it up again. */
  readonly reuse: boolean;
  /** A file that says that the volume holds data of a server which served once. */
  readonly servedMark: string;
  /** Remove the container's data where the supervisor dies. */
  readonly ephemeral: boolean;
}
