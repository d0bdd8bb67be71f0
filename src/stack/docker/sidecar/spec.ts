import type { DockerServer } from '../images.js';

/** What a server's container is created from. */
export interface ContainerSpec {
  readonly server: DockerServer;
  readonly image: string;
  /** Also the name of its volume. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The host at which clients reach its port. */
  readonly host: string;
  readonly port: number;
  /** The address on which the engine publishes the port; empty: every address of its machine. */
  readonly publishOn: string;
}

/** The role and the database of the pipeline: no secret, like the address of the server. */
export const postgresAccount = {
  database: 'gamemetrics',
  user: 'gamemetrics',
  password: 'gamemetrics',
} as const;

/** What a sidecar runs. */
export interface SidecarSpec extends ContainerSpec {
  /** Leave the container running when asked to stop; the next sidecar adopts it. */
  readonly reuse: boolean;
  /** A file that exists once the server on this volume has served. */
  readonly servedMark: string;
  /** Remove the container's data when the supervisor dies. */
  readonly ephemeral: boolean;
}
