import { splitAddress } from '../../src/config/endpoints.js';
import { replacePorts } from './kafkaAddresses.js';
import type { Random } from './random.js';
import { TcpProxy, type LinkFaults } from './tcpProxy.js';

/** A proxy for each broker of a Kafka; a fault affects all of them. */
export class KafkaProxy implements LinkFaults {
  readonly #proxies: readonly TcpProxy[];

  private constructor(proxies: readonly TcpProxy[]) {
    this.#proxies = proxies;
  }

  /** Starts the proxies on free ports. @param brokers the advertised addresses, as `host:port` */
  static async listen(brokers: readonly string[]): Promise<KafkaProxy> {
    const ports = new Map<number, number>();
    const rewrite = () => replacePorts(ports);
    const proxies = await Promise.all(
      brokers.map(async (broker) => {
        const target = splitAddress(broker);
        const proxy = await TcpProxy.listen({ target: () => target, rewrite });
        ports.set(target.port, proxy.address.port);
        return proxy;
      }),
    );
    return new KafkaProxy(proxies);
  }

  /** The addresses for clients, in the order of the brokers. */
  get brokers(): string[] {
    return this.#proxies.map(({ address }) => `${address.host}:${address.port}`);
  }

  get connections(): number {
    return this.#proxies.reduce((sum, { connections }) => sum + connections, 0);
  }

  cut(share: number, random: Random): void {
    for (const proxy of this.#proxies) proxy.cut(share, random);
  }

  truncateAnswers(share: number, bytes: number, random: Random): void {
    for (const proxy of this.#proxies) proxy.truncateAnswers(share, bytes, random);
  }

  halfClose(share: number, random: Random): void {
    for (const proxy of this.#proxies) proxy.halfClose(share, random);
  }

  refuse(refusing: boolean): void {
    for (const proxy of this.#proxies) proxy.refuse(refusing);
  }

  hold(holding: boolean): void {
    for (const proxy of this.#proxies) proxy.hold(holding);
  }

  delay(ms: number): void {
    for (const proxy of this.#proxies) proxy.delay(ms);
  }

  heal(): void {
    for (const proxy of this.#proxies) proxy.heal();
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map(async (proxy) => proxy.close()));
  }
}
