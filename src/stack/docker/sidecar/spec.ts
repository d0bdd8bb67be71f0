import type { DockerServer } from '../images.js';

/** The specification of a server's container. */
export interface ContainerSpec {
  readonly server: DockerServer;
  readonly image: string;
  /** Also the name of its volume. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The host at which clients reach its port. */
  readonly host: string;
  readonly port: number;
  /** The address on which the engine publishes the port; empty for all addresses of its machine. */
  readonly publishOn: string;
}

/** The role and the database of the pipeline; not secret, like the server's address. */
export const postgresAccount = {
  database: 'gamemetrics',
  user: 'gamemetrics',
  password: 'gamemetrics',
} as const;

/** The specification of a sidecar. */
export interface SidecarSpec extends ContainerSpec {
  /** Leave the container running when asked to stop; the next sidecar adopts it. */
  readonly reuse: boolean;
  /** A file that exists once a server has been ready on this volume. */
  readonly servedMark: string;
  /** Remove the container's data when the supervisor dies. */
  readonly ephemeral: boolean;
}
